"""The second stage: the towers' score, corrected by what is known of the user, the item and the pair.

Sizes: D dimensions, F features.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from agentbricks_trainer.data.run import Plays, Rows
from agentbricks_trainer.errors import TooFewPlays
from agentbricks_trainer.progress import Report
from agentbricks_trainer.training.adamw import AdamW
from agentbricks_trainer.training.cuda_graph_steps import step
from agentbricks_trainer.training.train_until_best import require_finite

from .two_tower.two_tower import DIMENSIONS, HISTORY_LENGTH, TwoTower

HIDDEN = 32
BATCH = 2048
LEARNING_RATE = 2e-3
WEIGHT_DECAY = 1e-2
# So many steps are needed, whatever the number of rows; twice as many make people no happier.
STEPS = 200
# With very few rows, more epochs would only learn them by heart.
MAX_EPOCHS = 32
# Least standard deviation of log(1 + feature) to divide by.
LEAST_DEVIATION = 1e-3


class Ranker(nn.Module):
    """The towers' score, corrected by what is known of the user, the title and the pair."""

    def __init__(self, mean: Tensor, deviation: Tensor, dimensions: int) -> None:
        super().__init__()
        self.register_buffer("mean", mean)  # (F,), of log(1 + feature)
        self.register_buffer("deviation", deviation)  # (F,)
        self.scale = nn.Parameter(torch.ones(()))
        self.correct = nn.Sequential(
            nn.Linear(dimensions + len(mean), HIDDEN),
            nn.ReLU(),
            nn.Linear(HIDDEN, 1),
        )

    def forward(self, user: Tensor, title: Tensor, features: Tensor) -> Tensor:
        """user (…, D), title (…, D), features (…, F) → scores (…)."""
        both = user * title
        known = (features.clamp(min=0).log1p() - self.mean) / self.deviation
        return self.scale * both.sum(-1) + self.correct(torch.cat([both, known], dim=-1)).squeeze(-1)


def fit_ranker(towers: TwoTower, plays: Plays, rows: Rows, report: Report) -> Ranker:
    """Learns which of the titles that were met get played, ranker and towers together.

    What was looked at and passed over tells more about taste than what was never shown; so this step takes out of the
    towers much of what the plays owe to having been shown.
    """
    askers, asker = np.unique(
        np.stack([rows.users, rows.times]), axis=1, return_inverse=True
    )  # who asked when: all of a slate are rows of one asker
    history = plays.history(askers[0], askers[1], HISTORY_LENGTH)
    met = history[asker, 0] > 0
    if not met.any():
        raise TooFewPlays(
            f"none of {len(rows)} training rows has an earlier play by its user",
            "the ranker learns from what a user played before, and all plays of each user share one time",
            "Let the universe run longer, or import plays with times",
        )
    rows, asker, histories = rows.where(met), torch.from_numpy(asker[met]), torch.from_numpy(history)
    features, labels = torch.from_numpy(rows.features), torch.from_numpy(rows.labels)
    titles, weights = torch.from_numpy(rows.titles), torch.from_numpy(rows.weights)
    known = features.clamp(min=0).log1p()
    ranker = Ranker(known.mean(0), _deviation(known), DIMENSIONS)
    both = torch.nn.ModuleList([towers, ranker]).train()
    optimiser = AdamW(both.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    epochs = -(-STEPS * BATCH // max(1, len(labels)))
    for epoch in range(1, min(epochs, MAX_EPOCHS) + 1):
        total = torch.zeros(())
        # Slate by slate, so that a user's vector is made once for all of a slate.
        order = torch.randperm(len(histories))[asker].argsort(stable=True)
        for batch in order.split(BATCH):
            vectors = towers.titles()
            together, place = asker[batch].unique(return_inverse=True)
            user = towers.user(histories[together], vectors)[place]
            logits = ranker(user, vectors[titles[batch]], features[batch])
            loss = F.binary_cross_entropy_with_logits(logits, labels[batch], weights[batch])
            step(optimiser, both, loss)
            total += loss.detach() * len(batch)
        require_finite(total)
        report("ranker", epoch=epoch, loss=round(total.item() / max(1, len(labels)), 4))
    return ranker


def _deviation(known: Tensor) -> Tensor:
    """Standard deviation of each feature; 1 for a feature that hardly varies. known (R, F) → (F,)

    Dividing by nearly nothing would enlarge rounding errors a thousandfold, and values that were not in the training data even more.
    """
    deviation = known.std(0, unbiased=False)
    return torch.where(deviation < LEAST_DEVIATION, 1.0, deviation)
