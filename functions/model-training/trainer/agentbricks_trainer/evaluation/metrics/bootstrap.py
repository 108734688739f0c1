"""Means over users with bootstrap intervals. Source: Efron 1979."""

import numpy as np

from agentbricks_trainer.data.array_types import Doubles

RESAMPLES = 1000
# Percentiles of a 95 % interval.
INTERVAL = (2.5, 97.5)
# Percentile of a one-sided 95 % lower bound.
LOWER_BOUND = 5


def bootstrap_interval(values: Doubles, seed: int) -> dict[str, float]:
    """Returns the mean over users and its 95 % percentile bootstrap interval.

    Args:
        values: One number per user, (N,).
        seed: Seed of the resampling.

    Returns:
        `value` is the mean, and `low` and `high` are the ends of the interval.
    """
    low, high = np.percentile(_resampled_means(values, seed), INTERVAL)
    return {"value": float(values.mean()), "low": float(low), "high": float(high)}


def lower_bound(values: Doubles, seed: int) -> float:
    """Returns the one-sided 95 % lower bound of the mean over users: the mean is greater with 95 % confidence.

    Args:
        values: One number per user, (N,).
        seed: Seed of the resampling. `bootstrap_interval` uses the same resamples for the same seed.
    """
    return float(np.percentile(_resampled_means(values, seed), LOWER_BOUND))


def _resampled_means(values: Doubles, seed: int) -> list[float]:
    random = np.random.default_rng(seed)
    users = len(values)
    return [float(values[random.integers(0, users, users)].mean()) for _ in range(RESAMPLES)]


def summarise(values: dict[str, Doubles], seed: int) -> dict[str, dict[str, float]]:
    """Returns metric → mean with its interval, for metric → values, (N,)."""
    return {name: bootstrap_interval(of_users, seed) for name, of_users in values.items()}
