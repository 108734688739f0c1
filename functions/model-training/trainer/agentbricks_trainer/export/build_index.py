"""Builds the FAISS index of the item vectors: exact where that is fast enough, an inverted file (IVF) otherwise.

Sizes: C items, Q queries, D dimensions.
"""

import faiss
import numpy as np

from agentbricks_trainer.data.array_types import Floats, Ints

from .index_facts_dataclass import IndexFacts

# Maximum number of items for an exact search. Up to this size, it takes less than half a millisecond.
EXACT_UP_TO = 8_192
# Number of cells divided by the square root of the number of items. More and smaller cells are searched faster, and
# take longer to train.
CELLS_PER_ROOT = 2
# Number of items that the service searches for.
NEIGHBOURS = 200
LEAST_RECALL = 0.98
SEED = 0


def build_index(vectors: Floats, queries: Floats) -> tuple[faiss.Index, IndexFacts]:
    """Builds an index by inner product, and tunes it on queries.

    A search in an inverted file inspects the smallest number of cells that reaches LEAST_RECALL. The index stores this
    number. If half of all cells do not reach LEAST_RECALL, the index is exact.

    Args:
        vectors: Vectors of all items, (C, D).
        queries: Vectors of users, (Q, D), like those in the service. Without queries, the index is exact.

    Returns:
        The index, and facts about it.
    """
    count, dimensions = vectors.shape
    exact = faiss.IndexFlatIP(dimensions)
    exact.add(vectors)
    if count <= EXACT_UP_TO or len(queries) == 0:
        return exact, IndexFacts("flat", 1, 1, 1.0)
    threads = faiss.omp_get_max_threads()
    # Several threads would add numbers in a different order each time, and train a different index.
    faiss.omp_set_num_threads(1)
    try:
        return _inverted_file(vectors, queries, exact)
    finally:
        faiss.omp_set_num_threads(threads)


def _inverted_file(vectors: Floats, queries: Floats, exact: faiss.Index) -> tuple[faiss.Index, IndexFacts]:
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


def _tune(index: faiss.IndexIVFFlat, queries: Floats, nearest: Ints) -> float:
    """Sets nprobe to the smallest number of cells, up to half of all, that reaches LEAST_RECALL. Returns the recall.

    Bisection finds this number, because recall grows with the number of cells.
    """
    low, high = 1, index.nlist // 2
    while low < high:
        index.nprobe = (low + high) // 2
        enough = _recall(index, queries, nearest) >= LEAST_RECALL
        low, high = (low, index.nprobe) if enough else (index.nprobe + 1, high)
    index.nprobe = low
    return _recall(index, queries, nearest)


def _recall(index: faiss.Index, queries: Floats, nearest: Ints) -> float:
    """Returns the share of the nearest items, (Q, NEIGHBOURS), that the index finds."""
    found = index.search(queries, nearest.shape[1])[1]
    return float(np.mean([np.isin(exact, of_index).mean() for exact, of_index in zip(nearest, found, strict=True)]))
