"""Scores pairs of users and items by the dot product of their vectors."""

import numpy as np
from numpy.typing import NDArray


def dot_products(
    users: NDArray[np.float32], vectors: NDArray[np.float32], items: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Returns the dot product of each user's vector with the vectors of items.

    Args:
        users: User vectors, (n, D).
        vectors: Vectors of all items, (C + 1, D). Row 0 is padding.
        items: Item numbers: (k,), the same for all users, or (n, k), one row per user.

    Returns:
        Scores, (n, k).
    """
    if items.ndim == 1:
        scores: NDArray[np.float32] = users @ vectors[items].T
    else:
        scores = np.einsum("nd,nkd->nk", users, vectors[items])
    return scores
