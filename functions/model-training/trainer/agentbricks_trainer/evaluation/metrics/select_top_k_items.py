"""The k best-scored items, with ties in random order."""

import numpy as np

from agentbricks_trainer.data.array_types import Ints, Values


def top_k(scores: Values, k: int, random: np.random.Generator) -> Ints:
    """Returns the columns of each row's k largest scores, best first.

    Items with the same score are in a random order, sampled for each row. Scores are compared as float32.

    Args:
        scores: Scores, (N, C).
        k: Number of columns to return.
        random: Source of all random numbers.

    Returns:
        Columns, (N, min(k, C)).
    """
    bits = (scores.astype(np.float32) + np.float32(0)).view(np.int32)  # + 0 turns -0 into 0
    # The integers sort like the floats. A random number in the lower 32 bits orders equal scores.
    order = np.where(bits < 0, bits ^ np.int32(2**31 - 1), bits).astype(np.int64) << 32
    keys = order | random.integers(0, 2**32, scores.shape, np.uint32)
    k = min(k, scores.shape[1])
    greatest = np.argpartition(-keys, k - 1, axis=1)[:, :k]
    return np.take_along_axis(greatest, np.argsort(-np.take_along_axis(keys, greatest, axis=1), axis=1), axis=1)
