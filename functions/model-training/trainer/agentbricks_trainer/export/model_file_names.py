"""Names of a model's files. Readers find a file by its role in the manifest, not by its path."""

USER_TOWER, MODEL, INDEX = "user-tower.onnx", "model.onnx", "index.faiss"
VECTORS, SIMILAR = "item-vectors.f32", "similar-titles.i32"
# Role → path in the model's folder. The manifest's schema in TypeScript requires the same roles.
FILES = {
    "user-tower": USER_TOWER,
    "ranker": MODEL,
    "index": INDEX,
    "item-vectors": VECTORS,
    "similar-titles": SIMILAR,
}
MANIFEST = "manifest.json"
