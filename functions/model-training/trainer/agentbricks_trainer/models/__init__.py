"""Recommenders that learn from plays alone. Each model's module has a function `fit` with the same parameters.

`ranker` and `two_stage` are the exception: they learn from the rows of a run, and make the recommender that is served.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

# The command line needs the names of the models, but not the packages that take seconds to load.
if TYPE_CHECKING:
    from agentbricks_trainer.data.array_types import Floats, Ints
    from agentbricks_trainer.data.plays_as_columns import Plays
    from agentbricks_trainer.progress import Report
    from agentbricks_trainer.training.checkpoints import Checkpoints

# Name on the command line → module. The first is the retrieval stage of the recommender that is served.
MODELS = {
    "two-tower": "two_tower.fit",
    "neumf": "neumf.fit",
    "ials": "ials",
    "item-knn": "item_knn",
    "popularity": "popularity",
}


class Fit(Protocol):
    """Trains a model."""

    def __call__(
        self, plays: Plays, catalogue: int, seed: int, report: Report, checkpoints: Checkpoints | None = None
    ) -> Recommender:
        """Trains on plays.

        Args:
            plays: Plays of U users, numbered from 0.
            catalogue: Number of items, C. Items are numbered from 1.
            seed: Seed of all random numbers.
            report: Receives the stages of the training.
            checkpoints: Folder of checkpoints, for models that train in epochs. None: no checkpoints.
        """


class Recommender(Protocol):
    """Scores items for users."""

    def scores(self, users: Ints, items: Ints) -> Floats:
        """Returns scores that are comparable within one user. Higher is better.

        Args:
            users: User numbers, (n,).
            items: Item numbers: (k,), the same for all users, or (n, k), one row per user.

        Returns:
            Scores, (n, k).
        """


def fit_function(name: str, settings: dict[str, float] | None = None) -> Fit:
    """Returns the function that trains a model. Loads the packages that the model needs.

    Args:
        name: Key of MODELS.
        settings: Settings of the two-tower. Other models have none, and ignore them.

    Raises:
        TrainerError: If the two-tower does not accept the settings.
    """
    module = import_module(f".{MODELS[name]}", __name__)
    if settings and hasattr(module, "settings_of"):
        return partial(module.fit, settings=module.settings_of(settings))
    return cast("Fit", module.fit)
