"""The weakest baseline: what most have played, for everybody."""

import numpy as np

from agentbricks_trainer.data.run import Plays
from agentbricks_trainer.progress import Report
from agentbricks_trainer.training.checkpoints import Checkpoints


class Popularity:
    def __init__(self, counts: np.ndarray) -> None:
        self.counts = counts  # (C + 1,)

    def scores(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        return np.broadcast_to(self.counts[items], (len(users), items.shape[-1])).astype(np.float32)


def fit(plays: Plays, catalogue: int, seed: int, report: Report, checkpoints: Checkpoints | None = None) -> Popularity:
    return Popularity(np.bincount(plays.titles, minlength=catalogue + 1).astype(np.float32))
