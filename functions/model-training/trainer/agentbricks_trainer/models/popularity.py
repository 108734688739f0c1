"""Popularity: every user gets the most played items. The weakest baseline."""

import numpy as np

from agentbricks_trainer.data.array_types import Floats, Ints
from agentbricks_trainer.data.plays_as_columns import Plays
from agentbricks_trainer.progress import Report
from agentbricks_trainer.training.checkpoints import Checkpoints


class Popularity:
    """Scores an item by its number of plays."""

    def __init__(self, counts: Floats) -> None:
        self.counts = counts  # (C + 1,)

    def scores(self, users: Ints, items: Ints) -> Floats:
        """Returns the number of plays of each item, (n, k). See Recommender."""
        return np.broadcast_to(self.counts[items], (len(users), items.shape[-1])).astype(np.float32)


def fit(
    plays: Plays,
    catalogue: int,
    seed: int,  # noqa: ARG001
    report: Report,  # noqa: ARG001
    checkpoints: Checkpoints | None = None,  # noqa: ARG001
) -> Popularity:
    """Counts the plays of each item. See Fit."""
    return Popularity(np.bincount(plays.titles, minlength=catalogue + 1).astype(np.float32))
