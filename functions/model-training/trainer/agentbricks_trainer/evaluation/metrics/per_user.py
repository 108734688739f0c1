"""Hit rate, NDCG and recall of each user. The metrics in TypeScript have the same definitions."""

import numpy as np

from agentbricks_trainer.data.array_types import Bools, Doubles, Ints

# Default cutoff: only a ranking's first K items count.
K = 10


def per_user(hits: Bools, relevant: Ints, k: int = K) -> dict[str, Doubles]:
    """Returns the metrics of each user's first k items.

    Source of NDCG: Järvelin & Kekäläinen 2002, with binary relevance.

    Args:
        hits: Whether the item at each rank is relevant, (N, up to k).
        relevant: Number of relevant items of each user, (N,), at least 1.
        k: Cutoff.

    Returns:
        Metric → values, (N,), from 0 to 1. Recall is hits / relevant items, so it is below 1 for a user with more
        than k relevant items.
    """
    discount = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.concatenate([[0], np.cumsum(discount)])[np.minimum(relevant, k)]
    return {
        f"hitRate@{k}": hits.any(1).astype(np.float64),
        f"ndcg@{k}": (hits * discount[: hits.shape[1]]).sum(1) / ideal,
        f"recall@{k}": hits.sum(1) / relevant,
    }
