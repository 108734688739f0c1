"""Fits both stages on what was known at one time. Seeded; reports each epoch."""

from dataclasses import dataclass

from agentbricks_trainer.data.run import Plays, Rows, Run
from agentbricks_trainer.progress import Report
from agentbricks_trainer.training.checkpoints import Checkpoints

from .ranker import Ranker, fit_ranker
from .two_tower.two_tower import Settings, TwoTower, fit_towers

# A universe's plays come from what was shown: to learn that better would make people less happy.
TOWERS = Settings(epochs=3, dropout=0.4)


@dataclass(frozen=True)
class Fitted:
    towers: TwoTower
    ranker: Ranker
    epochs: int


def fit(
    run: Run, plays: Plays, rows: Rows, seed: int, report: Report, checkpoints: Checkpoints | None = None
) -> Fitted:
    """Trains on `plays` and `rows` alone; nothing else of the run's times is looked at."""
    towers, epochs = fit_towers(plays, run.genres, seed, report, checkpoints, TOWERS)
    ranker = fit_ranker(towers, plays, rows, report)
    return Fitted(towers.eval(), ranker.eval(), epochs)
