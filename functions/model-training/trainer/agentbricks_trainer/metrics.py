"""Ranking metrics with bootstrap intervals; the same definitions as layers/domain/ranking.ts."""

import numpy as np

K = 10
RESAMPLES = 1000
INTERVAL = (2.5, 97.5)


def per_user(hits: np.ndarray, relevant: np.ndarray, k: int = K) -> dict[str, np.ndarray]:
    """Metrics of each user's first k places.

    hits (N, up to k) bool: whether the title at that place is relevant; relevant (N,): how many are, at least 1.
    Returns name → (N,) float64. Source of NDCG: Järvelin & Kekäläinen 2002, binary relevance.
    """
    discount = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.concatenate([[0], np.cumsum(discount)])[np.minimum(relevant, k)]
    return {
        f"hitRate@{k}": hits.any(1).astype(np.float64),
        f"ndcg@{k}": (hits * discount[: hits.shape[1]]).sum(1) / ideal,
        f"recall@{k}": hits.sum(1) / relevant,
    }


def percentile_rank(scores: np.ndarray, pool: np.ndarray, title: int) -> float:
    """Share of the pool that a title beats, ties counted half: 1 is the top, 0.5 is chance.

    scores (C + 1,), pool (C + 1,) bool without the title. Source: Hu, Koren, Volinsky 2008 (there 0 is the top).
    """
    others = scores[pool]
    beaten = np.count_nonzero(others < scores[title]) + np.count_nonzero(others == scores[title]) / 2
    return beaten / max(1, len(others))


def interval(values: np.ndarray, seed: int) -> dict[str, float]:
    """Mean over users with its 95 % percentile bootstrap interval. Source: Efron 1979."""
    random = np.random.default_rng(seed)
    users = len(values)
    means = [values[random.integers(0, users, users)].mean() for _ in range(RESAMPLES)]
    low, high = np.percentile(means, INTERVAL)
    return {"value": float(values.mean()), "low": float(low), "high": float(high)}


def summary(values: dict[str, np.ndarray], seed: int) -> dict[str, dict[str, float]]:
    return {name: interval(of_users, seed) for name, of_users in values.items()}
