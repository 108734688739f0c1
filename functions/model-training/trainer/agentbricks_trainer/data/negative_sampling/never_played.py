"""Negatives for evaluation: distinct items that a user never played."""

import numpy as np

from agentbricks_trainer.data.array_types import Bools, Ints
from agentbricks_trainer.data.plays_as_columns import Plays

# Users per batch. A batch needs one byte per user and item.
CHUNK_USERS = 512


def never_played(plays: Plays, users: Ints, items: int, count: int, random: np.random.Generator) -> Ints:
    """Samples distinct items that each user never played.

    Args:
        plays: All plays.
        users: User numbers, (n,).
        items: Number of items, C.
        count: Number of items to sample per user.
        random: Source of all random numbers.

    Returns:
        Item numbers, (n, min(count, C)). 0 pads users with fewer items to sample from.
    """
    first, end = np.searchsorted(plays.users, users, "left"), np.searchsorted(plays.users, users, "right")
    samples = []
    for start in range(0, len(users), CHUNK_USERS):
        rows = slice(start, start + CHUNK_USERS)
        taken = np.zeros((len(users[rows]), items), bool)
        for row, (since, until) in enumerate(zip(first[rows], end[rows], strict=True)):
            taken[row, plays.titles[since:until] - 1] = True
        samples.append(sample_columns(taken, count, random) + 1)
    return np.concatenate(samples)


def sample_columns(taken: Bools, count: int, random: np.random.Generator) -> Ints:
    """Samples columns that are not taken, without replacement.

    Args:
        taken: Mask, (n, C). True where a row must not get the column.
        count: Number of columns to sample per row.
        random: Source of all random numbers.

    Returns:
        Column numbers, (n, min(count, C)). -1 pads rows with fewer free columns.
    """
    keys = random.random(taken.shape, np.float32)
    keys[taken] = 2
    columns = np.argpartition(keys, min(count, keys.shape[1]) - 1, axis=1)[:, :count]
    return np.where(np.take_along_axis(taken, columns, axis=1), -1, columns)
