"""Names of a model's files."""

USER_TOWER, MODEL, INDEX = "user-tower.onnx", "model.onnx", "index.faiss"
VECTORS, SIMILAR = "item-vectors.f32", "similar-titles.i32"
FILES = (USER_TOWER, MODEL, INDEX, VECTORS, SIMILAR)
MANIFEST = "manifest.json"
