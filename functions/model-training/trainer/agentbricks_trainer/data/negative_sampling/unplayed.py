"""Negatives for training: items that a user had not played by the time of a play."""

import numpy as np

from agentbricks_trainer.data.array_types import Ints
from agentbricks_trainer.data.plays_as_columns import Plays


def unplayed(plays: Plays, users: Ints, times: Ints, catalogue: int, random: np.random.Generator) -> Ints:
    """Samples one item per user, uniformly from the items that the user had not played by a time.

    Items that the user plays later may be sampled. Excluding them would use the future, and would reveal the test to
    the model.

    Args:
        plays: All plays.
        users: User numbers, (n,).
        times: One time per user, (n,), inclusive, in the unit of the plays.
        catalogue: Number of items, C. Items are numbered from 1 to C.
        random: Source of all random numbers.

    Returns:
        Item numbers, (n,). A user who had played every item gets 0, the number of the padding.
    """
    order = np.argsort(plays.users * (catalogue + 1) + plays.titles, kind="stable")
    played = (plays.users * (catalogue + 1) + plays.titles)[order]
    played_at = plays.times[order]
    full = _count_played(plays, users, times) >= catalogue
    items = random.integers(1, catalogue + 1, len(users))
    wrong = np.flatnonzero(~full)
    while len(wrong):
        keys = users[wrong] * (catalogue + 1) + items[wrong]
        at = np.minimum(np.searchsorted(played, keys), len(played) - 1)
        wrong = wrong[(played[at] == keys) & (played_at[at] <= times[wrong])]
        items[wrong] = random.integers(1, catalogue + 1, len(wrong))
    return np.where(full, 0, items)


def _count_played(plays: Plays, users: Ints, times: Ints) -> Ints:
    """Returns how many items each user had played by a time, inclusive, (n,)."""
    first = np.searchsorted(plays.users, users, "left")
    moments, rank = np.unique(plays.times, return_inverse=True)
    at = np.searchsorted(moments, times, "right")  # number of moments up to the time
    keys = plays.users * (len(moments) + 1) + rank
    return np.searchsorted(keys, users * (len(moments) + 1) + at, "left") - first
