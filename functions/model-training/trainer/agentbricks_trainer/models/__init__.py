"""Recommenders that learn from plays alone, each whole in one file. `fit` in each takes the same and gives a `Recommender`."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

# The command line names the models before anything heavy is loaded.
if TYPE_CHECKING:
    import numpy as np

    from agentbricks_trainer.data.run import Plays
    from agentbricks_trainer.progress import Report
    from agentbricks_trainer.training.checkpoints import Checkpoints

# Name on the command line → module; the first is the one that is served.
MODELS = {
    "two-tower": "two_tower.two_tower",
    "neumf": "neumf.neumf",
    "ials": "ials",
    "item-knn": "item_knn",
    "popularity": "popularity",
}


class Fit(Protocol):
    def __call__(
        self, plays: Plays, catalogue: int, seed: int, report: Report, checkpoints: Checkpoints | None = None
    ) -> Recommender:
        """catalogue: how many items there are; they are numbered from 1, users from 0. Checkpoints: of what has epochs."""


class Recommender(Protocol):
    def scores(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Higher is better, comparable within one user.

        users (n,); items (n, k), each user's own, or (k,), the same for all → (n, k) float32.
        """


def trainer(name: str, settings: dict[str, float] | None = None) -> Fit:
    """Loads what the model needs, and gives the function that trains it: with `settings` where it has some."""
    module = import_module(f".{MODELS[name]}", __name__)
    if settings and hasattr(module, "settings_of"):
        return partial(module.fit, settings=module.settings_of(settings))
    return module.fit
