"""What models that end in a dot product share."""

import numpy as np


def dot_products(users: np.ndarray, vectors: np.ndarray, items: np.ndarray) -> np.ndarray:
    """users (n, D), vectors (C + 1, D), items (k,) or (n, k) → (n, k)."""
    if items.ndim == 1:
        return users @ vectors[items].T
    return np.einsum("nd,nkd->nk", users, vectors[items])
