"""Student's paired t-test of two models on the same users."""

import numpy as np

from agentbricks_trainer.data.array_types import Doubles

# Differences of at most this size are rounding errors.
SAME = 1e-12
LEAST_USERS = 2


def paired_t_test(difference: Doubles) -> float | None:
    """Returns the two-sided p-value.

    Args:
        difference: One model's metric minus the other's, (N,).

    Returns:
        p, or 1 if all differences are 0, as for two equal rankings. None if the test is undefined: for one user, or if
        all users have the same difference other than 0, which has no standard error.
    """
    if len(difference) < LEAST_USERS:
        return None
    if np.ptp(difference) <= SAME:
        return 1.0 if np.abs(difference).max() <= SAME else None
    # SciPy's statistics take three seconds to load, and only a comparison of several models needs them.
    from scipy.stats import ttest_1samp

    return float(ttest_1samp(difference, 0).pvalue)
