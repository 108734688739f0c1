"""Fits both models on what was known at one time. Seeded; reports each epoch."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .data import Plays, Rows, Run
from .errors import TrainerError
from .model import Ranker, TwoTower

HISTORY_LENGTH = 50  # RECENT_PLAYS in layers/domain/features.ts
DIMENSIONS = 64
# Above this many titles, the softmax is over the positives of the batch and this many uniform draws.
MAX_CANDIDATES = 4096
BATCH = 512
ROWS_BATCH = 2048
LEARNING_RATE = 3e-3
RANKER_LEARNING_RATE = 2e-3
WEIGHT_DECAY = 1e-2
MAX_NORM = 1.0
MAX_EPOCHS = 6
# The ranker needs so many steps, whatever the number of rows; more neither help nor harm much.
RANKER_STEPS = 200
PATIENCE = 2
# With very few rows, more epochs would only learn them by heart.
MAX_RANKER_EPOCHS = 32
# Share of the examples, by user and time at random, that early stopping looks at.
VALIDATION_SHARE = 0.1

Report = Callable[..., None]


@dataclass(frozen=True)
class Fitted:
    towers: TwoTower
    ranker: Ranker
    epochs: int


def fit(run: Run, plays: Plays, rows: Rows, seed: int, report: Report) -> Fitted:
    """Trains on `plays` and `rows` alone; nothing else of the run's times is looked at."""
    torch.manual_seed(seed)
    towers, epochs = _fit_towers(run, plays, np.random.default_rng(seed), report)
    ranker = _fit_ranker(towers, plays, rows, report)
    return Fitted(towers.eval(), ranker.eval(), epochs)


def _fit_towers(run: Run, plays: Plays, random: np.random.Generator, report: Report) -> tuple[TwoTower, int]:
    """Next-play prediction: sampled softmax over titles, early stopping on held-out examples."""
    towers = TwoTower(torch.from_numpy(run.genres), HISTORY_LENGTH, DIMENSIONS)
    history = torch.from_numpy(plays.history(plays.users, plays.times, HISTORY_LENGTH))
    target = torch.from_numpy(plays.titles)
    usable = np.flatnonzero((history[:, 0] > 0).numpy())
    if len(usable) < 2:
        raise TrainerError(
            f"only {len(usable)} of {len(plays)} plays have an earlier play by the same user",
            "the model learns from what a user played before, and nobody has played twice",
            "Let the universe run longer, or import more of the data set",
        )
    random.shuffle(usable)
    held_out, learned = np.split(usable, [max(1, int(len(usable) * VALIDATION_SHARE))])
    optimiser = torch.optim.AdamW(towers.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    best, best_state, waited, epoch = float("inf"), towers.state_dict(), 0, 0
    for epoch in range(1, MAX_EPOCHS + 1):
        towers.train()
        for batch in np.array_split(random.permutation(learned), -(-len(learned) // BATCH)):
            loss = _next_play_loss(towers, history[batch], target[batch], random)
            _step(optimiser, towers, loss)
        towers.eval()
        with torch.no_grad():
            chunks = np.array_split(held_out, -(-len(held_out) // BATCH))
            draws = np.random.default_rng(0)  # every epoch is judged on the same draws
            losses = [_next_play_loss(towers, history[c], target[c], draws) * len(c) for c in chunks]
            loss = float(sum(losses)) / len(held_out)
        report("towers", epoch=epoch, validation_loss=round(loss, 4))
        waited = 0 if loss < best else waited + 1
        if loss < best:
            best, best_state = loss, {name: value.clone() for name, value in towers.state_dict().items()}
        if waited == PATIENCE:
            break
    towers.load_state_dict(best_state)
    return towers, epoch


def _next_play_loss(towers: TwoTower, history: Tensor, target: Tensor, random: np.random.Generator) -> Tensor:
    """Softmax cross-entropy of the next title: exact for a small catalogue, sampled with the logQ correction else.

    history (B, L), target (B,). Source: Bengio & Senécal 2008; Yi et al., RecSys 2019.
    """
    vectors = towers.titles()
    user = towers.user(history, vectors)
    count = len(vectors) - 1
    if count <= MAX_CANDIDATES:
        return F.cross_entropy(user @ vectors[1:].T, target - 1)
    drawn = torch.from_numpy(random.integers(1, count + 1, MAX_CANDIDATES))
    positive = (user * vectors[target]).sum(1, keepdim=True)
    negative = user @ vectors[drawn].T - np.log(MAX_CANDIDATES / count)
    negative = negative.masked_fill(drawn[None, :] == target[:, None], float("-inf"))
    return F.cross_entropy(torch.cat([positive, negative], 1), torch.zeros(len(user), dtype=torch.long))


def _fit_ranker(towers: TwoTower, plays: Plays, rows: Rows, report: Report) -> Ranker:
    """Learns which of the titles that were met get played, ranker and towers together.

    What was looked at and passed over tells more about taste than what was never shown; so this step takes out of the
    towers much of what the plays owe to having been shown.
    """
    history = plays.history(rows.users, rows.times, HISTORY_LENGTH)
    met = history[:, 0] > 0
    rows, histories = rows.where(met), torch.from_numpy(history[met])
    features, labels = torch.from_numpy(rows.features), torch.from_numpy(rows.labels)
    titles, weights = torch.from_numpy(rows.titles), torch.from_numpy(rows.weights)
    known = features.clamp(min=0).log1p()
    ranker = Ranker(known.mean(0), known.std(0).clamp(min=1e-3), DIMENSIONS)
    both = torch.nn.ModuleList([towers, ranker]).train()
    optimiser = torch.optim.AdamW(both.parameters(), lr=RANKER_LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    epochs = -(-RANKER_STEPS * ROWS_BATCH // max(1, len(labels)))
    for epoch in range(1, min(epochs, MAX_RANKER_EPOCHS) + 1):
        total = 0.0
        for batch in torch.randperm(len(labels)).split(ROWS_BATCH):
            vectors = towers.titles()
            user = towers.user(histories[batch], vectors)
            logits = ranker(user, vectors[titles[batch]], features[batch])
            loss = F.binary_cross_entropy_with_logits(logits, labels[batch], weights[batch])
            _step(optimiser, both, loss)
            total += loss.item() * len(batch)
        report("ranker", epoch=epoch, loss=round(total / max(1, len(labels)), 4))
    return ranker


def _step(optimiser: torch.optim.Optimizer, model: torch.nn.Module, loss: Tensor) -> None:
    if not torch.isfinite(loss):
        raise TrainerError(
            "the loss is no longer a number",
            "the training data holds values that are not finite, or far out of range",
            "Look at the features of this run, and start it again",
        )
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), MAX_NORM)
    optimiser.step()
