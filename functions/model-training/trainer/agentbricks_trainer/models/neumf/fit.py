"""Trains NeuMF by binary cross-entropy."""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from agentbricks_trainer.data.array_types import Floats, Ints
from agentbricks_trainer.data.negative_sampling.unplayed import unplayed
from agentbricks_trainer.data.plays_as_columns import Plays
from agentbricks_trainer.errors import TooFewPlaysError
from agentbricks_trainer.progress import Report
from agentbricks_trainer.training.checkpoints import Checkpoints
from agentbricks_trainer.training.learning_rate_schedule import Schedule
from agentbricks_trainer.training.train_until_best import train_until_best

from .neumf import NeuMf

# Number of sampled negatives per play.
NEGATIVES = 4
BATCH = 4096
LEARNING_RATE = 3e-3
WEIGHT_DECAY = 1e-6
MAX_EPOCHS = 20
PATIENCE = 2
VALIDATION_SHARE = 0.05
# Minimum number of plays, as training and validation both need one.
LEAST_PLAYS = 2
# Number of pairs per batch of scoring.
CHUNK = 1 << 18

# Users, items and labels, (n,) each.
Examples: TypeAlias = tuple[Tensor, Tensor, Tensor]


class NeuMfRecommender:
    """A trained network as a Recommender."""

    def __init__(self, model: NeuMf) -> None:
        self.model = model

    @torch.no_grad()
    def scores(self, users: Ints, items: Ints) -> Floats:
        """Returns the logit of each item, (n, k). See Recommender."""
        shape = (len(users), items.shape[-1])
        pairs = np.broadcast_to(users[:, None], shape).ravel(), np.broadcast_to(items, shape).ravel()
        chunks = zip(*(torch.from_numpy(side.copy()).split(CHUNK) for side in pairs), strict=True)
        logits: Floats = torch.cat([self.model(user, item) for user, item in chunks]).numpy()
        return logits.reshape(shape)


def fit(
    plays: Plays, catalogue: int, seed: int, report: Report, checkpoints: Checkpoints | None = None
) -> NeuMfRecommender:
    """Trains on plays and on negatives, which are sampled again for each epoch. See Fit.

    Raises:
        TooFewPlaysError: If there are fewer than LEAST_PLAYS plays.
        TrainerError: If the loss is infinite or not a number.
    """
    if len(plays) < LEAST_PLAYS:
        raise TooFewPlaysError(
            f"the data has only {len(plays)} play{'' if len(plays) == 1 else 's'}",
            "NeuMF needs one play to train on, and another one to validate on",
            "Let the universe run longer, or give a file with more plays",
        )
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    model = NeuMf(int(plays.users.max()) + 1, catalogue + 1)
    optimiser = torch.optim.Adam(model.parameters(), weight_decay=WEIGHT_DECAY)
    order = random.permutation(len(plays))
    held_out, learned = np.split(order, [max(1, int(len(plays) * VALIDATION_SHARE))])
    validation = _examples(plays, held_out, catalogue, random)

    def batches() -> Iterator[Examples]:
        users, items, labels = _examples(plays, random.permutation(learned), catalogue, random)
        for batch in torch.randperm(len(labels)).split(BATCH):
            yield users[batch], items[batch], labels[batch]

    def loss_of(batch: Examples) -> Tensor:
        users, items, labels = batch
        return F.binary_cross_entropy_with_logits(model(users, items), labels)

    @torch.no_grad()
    def validation_loss() -> float:
        return loss_of(validation).item()

    steps = -(-len(learned) * (1 + NEGATIVES) // BATCH)
    schedule = Schedule("neumf", MAX_EPOCHS, steps, LEARNING_RATE, PATIENCE)
    columns = (plays.users, plays.titles, plays.times)
    checkpoint = checkpoints.of("neumf", *columns, catalogue, seed) if checkpoints else None
    train_until_best(model, optimiser, batches, loss_of, validation_loss, random, schedule, report, checkpoint)
    return NeuMfRecommender(model)


def _examples(plays: Plays, rows: Ints, catalogue: int, random: np.random.Generator) -> Examples:
    """Returns the plays in these rows with label 1, and NEGATIVES unplayed items per play with label 0."""
    users = np.repeat(plays.users[rows], NEGATIVES)
    negatives = unplayed(plays, users, np.repeat(plays.times[rows], NEGATIVES), catalogue, random)
    return (
        torch.from_numpy(np.concatenate([plays.users[rows], users])),
        torch.from_numpy(np.concatenate([plays.titles[rows], negatives])),
        torch.cat([torch.ones(len(rows)), torch.zeros(len(users))]),
    )
