"""Ranking metrics with bootstrap intervals; the same definitions as layers/domain/models/ranking-metrics.ts."""

import math

import numpy as np

K = 10
RESAMPLES = 1000
INTERVAL = (2.5, 97.5)
# Two differences of metrics that are further apart than this differ by more than rounding.
SAME = 1e-12


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


def best(scores: np.ndarray, k: int, random: np.random.Generator) -> np.ndarray:
    """Columns of each row's k greatest scores, best first. Ties are in a random order, sampled for each row.

    scores (N, C) → (N, min(k, C)) int64. Scores are compared as float32.
    """
    bits = (scores.astype(np.float32) + np.float32(0)).view(np.int32)  # + 0 turns -0 into 0
    # As integers these have the order of the floats; a random number in the lower bits orders equal scores.
    order = np.where(bits < 0, bits ^ np.int32(2**31 - 1), bits).astype(np.int64) << 32
    keys = order | random.integers(0, 2**32, scores.shape, np.uint32)
    k = min(k, scores.shape[1])
    greatest = np.argpartition(-keys, k - 1, axis=1)[:, :k]
    return np.take_along_axis(greatest, np.argsort(-np.take_along_axis(keys, greatest, axis=1), axis=1), axis=1)


def position(scores: np.ndarray, pool: np.ndarray, title: int) -> tuple[float, float]:
    """Percentile rank and log rank of one relevant title: the means over all orders of the titles that tie with it.

    scores (C + 1,), pool (C + 1,) bool without the title.
    Percentile rank: the share of the pool that the title beats; 1 is the top, 0.5 is chance (Hu, Koren, Volinsky 2008; there 0 is the top).
    Log rank: -ln(rank), 0 at the top. Up to a constant it is the log-likelihood of the play, if people take the title at rank r with a
    probability proportional to 1/r: to move a title from rank 20 to 10 counts as much as from 200 to 100.
    """
    others = scores[pool]
    above, ties = np.count_nonzero(others > scores[title]), np.count_nonzero(others == scores[title])
    percentile = 1 - (above + ties / 2) / max(1, len(others))
    # The sum of ln(r) over the ranks above + 1 to above + 1 + ties.
    log_ranks = math.lgamma(above + ties + 2) - math.lgamma(above + 1)
    return percentile, -log_ranks / (ties + 1)


def interval(values: np.ndarray, seed: int) -> dict[str, float]:
    """Mean over users with its 95 % percentile bootstrap interval. Source: Efron 1979."""
    random = np.random.default_rng(seed)
    users = len(values)
    means = [values[random.integers(0, users, users)].mean() for _ in range(RESAMPLES)]
    low, high = np.percentile(means, INTERVAL)
    return {"value": float(values.mean()), "low": float(low), "high": float(high)}


def p_of(difference: np.ndarray) -> float | None:
    """p of Student's two-sided paired t-test. difference (users,): one model's metric less the other's.

    None where the test is undefined: for one user, or where all users have the same difference, which then has no
    standard error. 1 where all differences are 0, as of two equal rankings.
    """
    if len(difference) < 2:
        return None
    if np.ptp(difference) <= SAME:
        return 1.0 if np.abs(difference).max() <= SAME else None
    # SciPy takes three seconds to load, and only a comparison of several models needs it.
    from scipy.stats import ttest_1samp

    return float(ttest_1samp(difference, 0).pvalue)


def summary(values: dict[str, np.ndarray], seed: int) -> dict[str, dict[str, float]]:
    return {name: interval(of_users, seed) for name, of_users in values.items()}
