"""The recommender that is served: the towers retrieve titles, and the ranker ranks them."""

from dataclasses import dataclass

from agentbricks_trainer.data.plays_as_columns import Plays
from agentbricks_trainer.data.run_data_classes import Rows, Run
from agentbricks_trainer.progress import Report
from agentbricks_trainer.training.checkpoints import Checkpoints

from .ranker import Ranker, fit_ranker
from .two_tower.default_and_validated_hyperparameters import Settings
from .two_tower.fit import fit_towers
from .two_tower.two_tower import TwoTower

# In a universe, users play titles that slates showed them. Towers that fit these plays better make users less happy.
TOWERS = Settings(epochs=3, dropout=0.4)


@dataclass(frozen=True)
class Fitted:
    """Both trained stages, in evaluation mode on the processor."""

    towers: TwoTower
    ranker: Ranker
    epochs: int  # number of epochs that the towers trained


def fit(
    run: Run, plays: Plays, rows: Rows, seed: int, report: Report, checkpoints: Checkpoints | None = None
) -> Fitted:
    """Trains both stages. Only `plays`, `rows` and the genres of the run are used.

    Args:
        run: Provides the genres.
        plays: Plays to learn from.
        rows: Rows to learn from.
        seed: Seed of all random numbers.
        report: Receives one stage per epoch.
        checkpoints: Folder of checkpoints of the towers. None: no checkpoints.

    Raises:
        TooFewPlaysError: If fewer than two plays have an earlier play by the same user.
        TrainerError: If the loss is infinite or not a number.
    """
    towers, epochs = fit_towers(plays, run.genres, seed, report, checkpoints, TOWERS)
    ranker = fit_ranker(towers, plays, rows, report)
    return Fitted(towers.eval(), ranker.eval(), epochs)
