"""Trains the two-tower model."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch

from agentbricks_trainer.data.array_types import Floats, Ints
from agentbricks_trainer.data.plays_as_columns import Plays
from agentbricks_trainer.dot_product import dot_products
from agentbricks_trainer.progress import Report
from agentbricks_trainer.training.adamw import AdamW
from agentbricks_trainer.training.checkpoints import Checkpoints
from agentbricks_trainer.training.learning_rate_schedule import Schedule
from agentbricks_trainer.training.select_device_and_precision import fastest_device, name_of
from agentbricks_trainer.training.train_until_best import train_until_best

from .batches import Batch, batches_of
from .cut_plays_into_windows import HISTORY_LENGTH, windows_of
from .default_and_validated_hyperparameters import Settings, settings_of
from .loss import sampled_loss, validation_loss
from .negatives import Negatives
from .spectral_init import spectral_vectors
from .two_tower import DIMENSIONS, INITIAL_SCALE, TwoTower

__all__ = ["NextPlay", "fit", "fit_towers", "settings_of"]

PATIENCE = 2
# Maximum number of steps per epoch. More steps do not improve the model, so large data sets get larger batches instead.
MOST_STEPS = 4_000
# Number of users whose vectors are computed in one call.
CHUNK_USERS = 1024
DEFAULTS = Settings()


class NextPlay:
    """The towers as a Recommender: scores items as the next play after all known plays of a user."""

    def __init__(self, towers: TwoTower, plays: Plays) -> None:
        self.towers, self.plays = towers, plays
        with torch.no_grad():
            self.vectors = towers.titles()
        self.end = int(plays.times.max()) + 1

    @torch.no_grad()
    def scores(self, users: Ints, items: Ints) -> Floats:
        """Returns the dot product for each item, (n, k). See Recommender."""
        history = self.plays.history(users, np.full(len(users), self.end), HISTORY_LENGTH)
        chunks = torch.from_numpy(history).split(CHUNK_USERS)
        vectors = torch.cat([self.towers.user(chunk, self.vectors) for chunk in chunks])
        return dot_products(vectors.numpy(), self.vectors.numpy(), items)


def fit(
    plays: Plays,
    catalogue: int,
    seed: int,
    report: Report,
    checkpoints: Checkpoints | None = None,
    settings: Settings = DEFAULTS,
) -> NextPlay:
    """Trains on plays of items without genres. See Fit."""
    no_genres = np.zeros((catalogue + 1, 1), np.float32)
    towers, _ = fit_towers(plays, no_genres, seed, report, checkpoints, settings)
    return NextPlay(towers, plays)


def fit_towers(
    plays: Plays,
    genres: Floats,
    seed: int,
    report: Report,
    checkpoints: Checkpoints | None = None,
    settings: Settings = DEFAULTS,
) -> tuple[TwoTower, int]:
    """Trains the towers on all windows of plays.

    Args:
        plays: Plays to learn from.
        genres: Genres of the items, multi-hot, (C + 1, G).
        seed: Seed of all random numbers.
        report: Receives the stages "towers begin" and "towers".
        checkpoints: Folder of checkpoints. None: no checkpoints.
        settings: Hyperparameters.

    Returns:
        The model, on the processor, and its number of epochs.

    Raises:
        TooFewPlaysError: If fewer than two plays have an earlier play by the same user.
    """
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    device = fastest_device()
    # Only the order of times matters. Ranks fit into 32 bits, regardless of the unit of the times.
    ordered = replace(plays, times=np.unique(plays.times, return_inverse=True)[1])
    # All windows stay on the device during training, so no step waits for a transfer.
    windows = windows_of(ordered, random).to(device)
    negatives = Negatives(ordered, len(genres), settings.uniform_negatives, settings.batch_negatives, device)
    towers = _initial_towers(plays, genres, settings.dropout, random).to(device)
    optimiser = AdamW(towers.parameters(), weight_decay=settings.weight_decay)
    size = max(settings.batch, -(-len(windows.items) // MOST_STEPS))
    steps = -(-len(windows.items) // size)
    report("towers begin", device=name_of(device), windows=len(windows.items), batch=size)

    columns = (plays.users, plays.titles, plays.times)
    checkpoint = checkpoints.of("towers", *columns, genres, seed, settings, device) if checkpoints else None

    def batches() -> Iterator[Batch]:
        return batches_of(windows, windows.learned, torch.randperm(len(windows.items)), size, negatives)

    epochs = train_until_best(
        towers,
        optimiser,
        batches,
        lambda batch: sampled_loss(towers, windows, batch, windows.learned, negatives),
        lambda: validation_loss(towers, windows, negatives),
        random,
        Schedule("towers", settings.epochs, steps, settings.learning_rate, PATIENCE),
        report,
        checkpoint,
    )
    return towers.cpu(), epochs


def _initial_towers(plays: Plays, genres: Floats, dropout: float, random: np.random.Generator) -> TwoTower:
    towers = TwoTower(torch.from_numpy(genres), dropout)
    with torch.no_grad():
        towers.identity.weight.copy_(torch.from_numpy(spectral_vectors(plays, len(genres), DIMENSIONS, random)))
        towers.identity.weight.mul_(INITIAL_SCALE * DIMENSIONS**0.5)
    return towers
