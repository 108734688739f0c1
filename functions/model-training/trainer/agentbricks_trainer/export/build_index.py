"""The FAISS index of the item vectors: exact where that is fast enough, an inverted file where it is not."""

from dataclasses import asdict, dataclass

import faiss
import numpy as np

# Below it an exact search takes less than half a millisecond, everywhere.
EXACT_UP_TO = 8_192
# Cells per square root of the number of titles: more and smaller cells are searched faster, and take longer to learn.
CELLS_PER_ROOT = 2
# As many as the service asks for.
NEIGHBOURS = 200
LEAST_RECALL = 0.98
# Kept for each title: three of them fill a slate of twenty.
SIMILAR = 20
SEED = 0


@dataclass(frozen=True)
class IndexFacts:
    """What the manifest says of it. `recall`: share of the NEIGHBOURS nearest that it finds, over the queries it was tuned on."""

    kind: str
    cells: int
    probes: int
    recall: float

    def as_manifest(self) -> dict:
        return asdict(self)


def build_index(vectors: np.ndarray, queries: np.ndarray) -> tuple[faiss.Index, IndexFacts]:
    """Inner product. vectors (C, D) float32; queries (Q, D) float32: users, as the service will ask. The number of cells to
    look into is the least that reaches LEAST_RECALL, and is kept in the index itself."""
    count, dimensions = vectors.shape
    exact = faiss.IndexFlatIP(dimensions)
    exact.add(vectors)
    if count <= EXACT_UP_TO or len(queries) == 0:
        return exact, IndexFacts("flat", 1, 1, 1.0)
    threads = faiss.omp_get_max_threads()
    # Sums in another order would be another index.
    faiss.omp_set_num_threads(1)
    try:
        return _inverted_file(vectors, queries, exact)
    finally:
        faiss.omp_set_num_threads(threads)


def _inverted_file(vectors: np.ndarray, queries: np.ndarray, exact: faiss.Index) -> tuple[faiss.Index, IndexFacts]:
    count, dimensions = vectors.shape
    cells = 2 ** round(np.log2(CELLS_PER_ROOT * np.sqrt(count)))
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(dimensions), dimensions, cells, faiss.METRIC_INNER_PRODUCT)
    index.cp.seed = SEED
    index.train(vectors)
    index.add(vectors)
    nearest = exact.search(queries, NEIGHBOURS)[1]
    recall = _tune(index, queries, nearest)
    if recall < LEAST_RECALL:
        return exact, IndexFacts("flat", 1, 1, 1.0)
    return index, IndexFacts("ivf", cells, index.nprobe, round(recall, 4))


def _tune(index: faiss.IndexIVFFlat, queries: np.ndarray, nearest: np.ndarray) -> float:
    """Sets the least nprobe that reaches LEAST_RECALL, by bisection: recall grows with it. Returns the recall."""
    low, high = 1, index.nlist // 2
    while low < high:
        index.nprobe = (low + high) // 2
        enough = _recall(index, queries, nearest) >= LEAST_RECALL
        low, high = (low, index.nprobe) if enough else (index.nprobe + 1, high)
    index.nprobe = low
    return _recall(index, queries, nearest)


def _recall(index: faiss.Index, queries: np.ndarray, nearest: np.ndarray) -> float:
    found = index.search(queries, nearest.shape[1])[1]
    return float(np.mean([np.isin(mine, theirs).mean() for mine, theirs in zip(nearest, found)]))


def similar_titles(index: faiss.Index, vectors: np.ndarray) -> np.ndarray:
    """The rows of the titles nearest to each, nearest first, without itself: (C, at most SIMILAR) int32. Where the index finds
    fewer, the last one stands again; the only title of a catalogue stands for itself."""
    wanted = max(1, min(SIMILAR, len(vectors) - 1))
    found = index.search(vectors, wanted + 1)[1]
    similar = np.zeros((len(vectors), wanted), np.int32)
    for row, near in enumerate(found):
        others = near[(near != row) & (near >= 0)][:wanted]
        # An inverted file may look into no cell that holds another title: then any other will do.
        others = others if len(others) else np.array([(row + 1) % len(vectors)])
        similar[row] = np.pad(others, (0, wanted - len(others)), mode="edge")
    return similar
