"""Neural matrix factorisation: a factorisation and a perceptron side by side, over embeddings of user and item.

Source: He, Liao, Zhang, Nie, Hu, Chua 2017, "Neural collaborative filtering" (WWW).
"""

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from agentbricks_trainer.data.run import Plays
from agentbricks_trainer.progress import Report
from agentbricks_trainer.training.checkpoints import Checkpoints
from agentbricks_trainer.training.train_until_best import Schedule, train_until_best

FACTORS = 32
LAYERS = (64, 32, 16)
NEGATIVES = 4
BATCH = 4096
LEARNING_RATE = 3e-3
WEIGHT_DECAY = 1e-6
DROPOUT = 0.2
MAX_EPOCHS = 20
PATIENCE = 2
VALIDATION_SHARE = 0.05
# Users and items that are scored at once.
CHUNK = 1 << 18


class NeuMf(nn.Module):
    def __init__(self, users: int, items: int) -> None:
        super().__init__()
        width = LAYERS[0] // 2
        self.user_factors, self.item_factors = nn.Embedding(users, FACTORS), nn.Embedding(items, FACTORS)
        self.user, self.item = nn.Embedding(users, width), nn.Embedding(items, width)
        layers: list[nn.Module] = []
        for before, after in zip(LAYERS, LAYERS[1:]):
            layers += [nn.Dropout(DROPOUT), nn.Linear(before, after), nn.ReLU()]
        self.perceptron = nn.Sequential(*layers)
        self.out = nn.Linear(FACTORS + LAYERS[-1], 1)
        for table in (self.user_factors, self.item_factors, self.user, self.item):
            nn.init.normal_(table.weight, std=0.05)

    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        """users (n,), items (n,) → logits (n,)."""
        product = self.user_factors(users) * self.item_factors(items)
        deep = self.perceptron(torch.cat([self.user(users), self.item(items)], dim=-1))
        return self.out(torch.cat([product, deep], dim=-1)).squeeze(-1)

    @torch.no_grad()
    def scores(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        shape = (len(users), items.shape[-1])
        pairs = np.broadcast_to(users[:, None], shape).ravel(), np.broadcast_to(items, shape).ravel()
        chunks = zip(*(torch.from_numpy(side.copy()).split(CHUNK) for side in pairs))
        return torch.cat([self(u, i) for u, i in chunks]).numpy().reshape(shape)


def fit(plays: Plays, catalogue: int, seed: int, report: Report, checkpoints: Checkpoints | None = None) -> NeuMf:
    """Binary cross-entropy of plays against items that the user had not played by then, sampled again for each epoch."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    model = NeuMf(int(plays.users.max()) + 1, catalogue + 1)
    optimiser = torch.optim.Adam(model.parameters(), weight_decay=WEIGHT_DECAY)
    order = random.permutation(len(plays))
    held_out, learned = np.split(order, [max(1, int(len(plays) * VALIDATION_SHARE))])
    validation = _examples(plays, held_out, catalogue, random)

    def batches() -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        users, items, labels = _examples(plays, random.permutation(learned), catalogue, random)
        for batch in torch.randperm(len(labels)).split(BATCH):
            yield users[batch], items[batch], labels[batch]

    def loss_of(batch: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        users, items, labels = batch
        return F.binary_cross_entropy_with_logits(model(users, items), labels)

    @torch.no_grad()
    def validation_loss() -> float:
        return loss_of(validation).item()

    steps = -(-len(learned) * (1 + NEGATIVES) // BATCH)
    schedule = Schedule("neumf", MAX_EPOCHS, steps, LEARNING_RATE, PATIENCE)
    checkpoint = checkpoints and checkpoints.of("neumf", plays.users, plays.titles, plays.times, catalogue, seed)
    train_until_best(model, optimiser, batches, loss_of, validation_loss, random, schedule, report, checkpoint)
    return model


def _examples(
    plays: Plays, rows: np.ndarray, catalogue: int, random: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Plays of these rows, and NEGATIVES for each that are none. Returns users, items, labels: (n * (1 + NEGATIVES),)."""
    users = np.repeat(plays.users[rows], NEGATIVES)
    negatives = unplayed(plays, users, np.repeat(plays.times[rows], NEGATIVES), catalogue, random)
    return (
        torch.from_numpy(np.concatenate([plays.users[rows], users])),
        torch.from_numpy(np.concatenate([plays.titles[rows], negatives])),
        torch.cat([torch.ones(len(rows)), torch.zeros(len(users))]),
    )


def unplayed(
    plays: Plays, users: np.ndarray, times: np.ndarray, catalogue: int, random: np.random.Generator
) -> np.ndarray:
    """Samples one item for each user, uniformly from those they had not played by a time. What they play later may be sampled: nobody
    could know it then.

    users (n,); times (n,), inclusive, in the plays' unit → (n,) items; 0, the padding, for a user who had played everything.
    """
    order = np.argsort(plays.users * (catalogue + 1) + plays.titles, kind="stable")
    played = (plays.users * (catalogue + 1) + plays.titles)[order]
    when = plays.times[order]
    full = _played_by(plays, users, times) >= catalogue
    items = random.integers(1, catalogue + 1, len(users))
    wrong = np.flatnonzero(~full)
    while len(wrong):
        keys = users[wrong] * (catalogue + 1) + items[wrong]
        at = np.minimum(np.searchsorted(played, keys), len(played) - 1)
        wrong = wrong[(played[at] == keys) & (when[at] <= times[wrong])]
        items[wrong] = random.integers(1, catalogue + 1, len(wrong))
    return np.where(full, 0, items)


def _played_by(plays: Plays, users: np.ndarray, times: np.ndarray) -> np.ndarray:
    """How many items each user had played by a time, inclusive. (n,) int64"""
    first = np.searchsorted(plays.users, users, "left")
    moments, rank = np.unique(plays.times, return_inverse=True)
    at = np.searchsorted(moments, times, "right")  # how many moments are not later
    keys = plays.users * (len(moments) + 1) + rank
    return np.searchsorted(keys, users * (len(moments) + 1) + at, "left") - first
