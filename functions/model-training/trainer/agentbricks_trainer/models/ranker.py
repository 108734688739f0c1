"""The ranker, the second stage: the towers' score, corrected by features of the user, the title and the pair.

Sizes: R rows, Q requests, L history length, D dimensions, F features.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from agentbricks_trainer.data.plays_as_columns import Plays
from agentbricks_trainer.data.run_data_classes import Rows
from agentbricks_trainer.errors import TooFewPlaysError
from agentbricks_trainer.progress import Report
from agentbricks_trainer.training.adamw import AdamW
from agentbricks_trainer.training.require_finite_loss import require_finite
from agentbricks_trainer.training.step import step

from .two_tower.cut_plays_into_windows import HISTORY_LENGTH
from .two_tower.two_tower import DIMENSIONS, TwoTower

HIDDEN = 32
# Number of rows per gradient step.
BATCH = 2048
LEARNING_RATE = 2e-3
WEIGHT_DECAY = 1e-2
# Approximate number of gradient steps, for any number of rows. Twice as many did not make simulated users happier.
STEPS = 200
# With very few rows, more epochs would only memorise the rows.
MAX_EPOCHS = 32
# Smallest standard deviation of log(1 + feature) to divide by.
LEAST_DEVIATION = 1e-3


class Ranker(nn.Module):
    """Scores a pair of user and title by the towers' score and a learned correction."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, mean: Tensor, deviation: Tensor, dimensions: int) -> None:
        """Creates a ranker that standardises log(1 + feature) by this mean, (F,), and standard deviation, (F,)."""
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)
        self.scale = nn.Parameter(torch.ones(()))
        self.correct = nn.Sequential(
            nn.Linear(dimensions + len(mean), HIDDEN),
            nn.ReLU(),
            nn.Linear(HIDDEN, 1),
        )

    def forward(self, user: Tensor, title: Tensor, features: Tensor) -> Tensor:
        """Returns scores, (…): logits of a play.

        Args:
            user: Vectors of users, (…, D).
            title: Vectors of titles, (…, D).
            features: Features of the pairs, (…, F).
        """
        both = user * title
        known = (features.clamp(min=0).log1p() - self.mean) / self.deviation
        scores: Tensor = self.scale * both.sum(-1) + self.correct(torch.cat([both, known], dim=-1)).squeeze(-1)
        return scores


@dataclass(frozen=True)
class _Examples:
    """Rows whose user has an earlier play. All rows of a slate belong to one request: one user at one point in time."""

    histories: Tensor  # (Q, L) int64
    request: Tensor  # (R,) int64, the request of each row
    titles: Tensor  # (R,) int64
    features: Tensor  # (R, F)
    labels: Tensor  # (R,)
    weights: Tensor  # (R,)


def fit_ranker(towers: TwoTower, plays: Plays, rows: Rows, report: Report) -> Ranker:
    """Trains the ranker and the towers together to predict which of the titles in a slate are played.

    A title that a user saw and did not play reveals more of their taste than a title that was never shown. This
    training removes popularity bias from the towers: much of a title's popularity only stems from having been shown.

    Args:
        towers: Trained towers. They are trained further.
        plays: Plays for the users' histories.
        rows: Rows to learn from.
        report: Receives one stage "ranker" per epoch.

    Raises:
        TooFewPlaysError: If no row has an earlier play by its user.
        TrainerError: If the loss is infinite or not a number.
    """
    examples = _examples(plays, rows)
    known = examples.features.clamp(min=0).log1p()
    ranker = Ranker(known.mean(0), deviation_of(known), DIMENSIONS)
    both = nn.ModuleList([towers, ranker]).train()
    optimiser = AdamW(both.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    count = max(1, len(examples.labels))
    epochs = -(-STEPS * BATCH // count)
    for epoch in range(1, min(epochs, MAX_EPOCHS) + 1):
        total = torch.zeros(())
        # The rows of a request are adjacent, so its user's vector is computed once per batch.
        order = torch.randperm(len(examples.histories))[examples.request].argsort(stable=True)
        for batch in order.split(BATCH):
            loss = _loss(towers, ranker, examples, batch)
            step(optimiser, both, loss)
            total += loss.detach() * len(batch)
        require_finite(total)
        report("ranker", epoch=epoch, loss=round(total.item() / count, 4))
    return ranker


def _examples(plays: Plays, rows: Rows) -> _Examples:
    requests, request = np.unique(np.stack([rows.users, rows.times]), axis=1, return_inverse=True)
    history = plays.history(requests[0], requests[1], HISTORY_LENGTH)
    usable = history[request, 0] > 0
    if not usable.any():
        raise TooFewPlaysError(
            f"none of {len(rows)} training rows has an earlier play by its user",
            "the ranker learns from a user's earlier plays, and all plays of each user have the same time",
            "Let the universe run longer, or import plays with times",
        )
    rows = rows.where(usable)
    columns = (request[usable], rows.titles, rows.features, rows.labels, rows.weights)
    return _Examples(torch.from_numpy(history), *map(torch.from_numpy, columns))


def _loss(towers: TwoTower, ranker: Ranker, examples: _Examples, batch: Tensor) -> Tensor:
    """Returns the weighted binary cross-entropy, (), of the rows whose numbers are in `batch`."""
    vectors = towers.titles()
    requests, place = examples.request[batch].unique(return_inverse=True)
    user = towers.user(examples.histories[requests], vectors)[place]
    logits = ranker(user, vectors[examples.titles[batch]], examples.features[batch])
    return F.binary_cross_entropy_with_logits(logits, examples.labels[batch], examples.weights[batch])


def deviation_of(known: Tensor) -> Tensor:
    """Returns the standard deviation of each column, or 1 for a column that hardly varies.

    Dividing by nearly 0 would enlarge rounding errors a thousandfold, and values that were not in the training data
    even more.

    Args:
        known: Features, (R, F).

    Returns:
        Standard deviations, (F,).
    """
    deviation = known.std(0, unbiased=False)
    return torch.where(deviation < LEAST_DEVIATION, 1.0, deviation)
