"""A tower for users and one for items meet in a dot product. A user is what they played; nothing is stored per user, so it
serves people it never saw. Trained to foretell the next play of each sequence, by sampled softmax.

Sizes: B examples, L history length, W targets of a window, C items (0 is padding), G genres, D dimensions, H heads.

Sources: Covington, Adams, Sargin 2016, "Deep neural networks for YouTube recommendations" (a user as what they watched);
Yi et al. 2019, "Sampling-bias-corrected neural modeling" (the logQ correction); Yang et al. 2020, "Mixed negative
sampling" (items of the batch and uniform ones); Kang & McAuley 2018, "Self-attentive sequential recommendation" (every
prefix of a sequence is an example).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..checkpoints import Checkpoints
from ..data import Plays
from ..epochs import Schedule, train_until_best
from ..errors import TrainerError
from ..report import Report
from .dot import dot_products

HISTORY_LENGTH = 50  # RECENT_PLAYS in layers/domain/features.ts
DIMENSIONS = 64
HEADS = 2
HIDDEN = 128
DROPOUT = 0.2
INITIAL_SCALE = 0.05
# Windows of a batch, and targets of a window: about 400 examples where users are of middling length.
BATCH = 16
WINDOW = 50
UNIFORM_NEGATIVES = 256
BATCH_NEGATIVES = 128
LEARNING_RATE = 8e-3
WEIGHT_DECAY = 1e-2
MAX_EPOCHS = 15
PATIENCE = 2
# Share of the examples, at random, that early stopping looks at.
VALIDATION_SHARE = 0.1
# Beyond this an item's importance would only overflow.
MAX_LOGIT = 8.0
CHUNK_USERS = 1024


class TwoTower(nn.Module):
    def __init__(self, genres: Tensor, length: int = HISTORY_LENGTH, dimensions: int = DIMENSIONS) -> None:
        super().__init__()
        items = genres.shape[0]  # C + 1
        self.register_buffer("genres", genres)  # (C + 1, G)
        self.identity = nn.Embedding(items, dimensions, padding_idx=0)
        self.genre = nn.Linear(genres.shape[1], dimensions, bias=False)
        self.importance = nn.Embedding(items, HEADS)  # how much an item tells about the one who played it
        self.recency = nn.Parameter(torch.zeros(length, HEADS))  # how much the i-th last play counts
        self.mix = nn.Sequential(
            nn.Dropout(DROPOUT),
            nn.Linear(HEADS * dimensions, HIDDEN),
            nn.GELU(),
            nn.Dropout(DROPOUT),
            nn.Linear(HIDDEN, dimensions),
        )
        nn.init.normal_(self.identity.weight, std=INITIAL_SCALE)
        nn.init.normal_(self.genre.weight, std=INITIAL_SCALE)
        nn.init.zeros_(self.importance.weight)
        with torch.no_grad():
            self.recency[:, 1] = -torch.arange(length) / 5.0  # the second head starts on the latest plays

    def titles(self) -> Tensor:
        """Every item's vector: (C + 1, D)."""
        return self.identity.weight + self.genre(self.genres)

    def user(self, history: Tensor, titles: Tensor) -> Tensor:
        """Histories, newest first, to vectors: what is served. history (B, L), titles (C + 1, D) → (B, D)."""
        played = F.embedding(history, titles)  # (B, L, D)
        logits = self.importance(history).clamp(-MAX_LOGIT, MAX_LOGIT) + self.recency[: history.shape[1]]  # (B, L, H)
        logits = logits.masked_fill((history == 0).unsqueeze(-1), -1e9)
        weights = logits.softmax(dim=1)  # (B, L, H)
        pooled = (weights.transpose(1, 2) @ played).flatten(1)  # (B, H * D)
        return self.mix(pooled)

    def prefixes(self, windows: Tensor, titles: Tensor) -> Tensor:
        """The user before each target of a window: what `user` gives for its last L plays, for all W targets at once.

        A play's weight is exp(importance) * exp(recency): the second factor depends on the distance alone, so that one
        banded matrix serves all windows. windows (B, L + W), oldest first; titles (C + 1, D) → (B, W, D).
        """
        before = windows[:, :-1]  # (B, L + W - 1)
        weight = self.importance(before).clamp(-MAX_LOGIT, MAX_LOGIT).exp() * (before > 0).unsqueeze(-1)
        played = F.embedding(before, titles)
        band = self._band(windows.shape[1] - len(self.recency))  # (H, W, L + W - 1)
        pooled = []
        for head in range(HEADS):
            mine = weight[:, :, head : head + 1]  # (B, L + W - 1, 1)
            total = (band[head] @ mine).clamp(min=1e-9)
            pooled.append((band[head] @ (mine * played)) / total)
        return self.mix(torch.cat(pooled, dim=-1))

    def _band(self, targets: int) -> Tensor:
        length = len(self.recency)
        distance = length + torch.arange(targets)[:, None] - 1 - torch.arange(length + targets - 1)[None, :]
        inside = (distance >= 0) & (distance < length)
        return (self.recency[distance.clamp(0, length - 1)].exp() * inside.unsqueeze(-1)).permute(2, 0, 1)


@dataclass(frozen=True)
class Windows:
    """Stretches of users' sequences: L plays of context, then W targets. An example is a target with a play before it."""

    items: Tensor  # (N, L + W) int64, oldest first, 0 where there is none
    users: Tensor  # (N,) int64
    times: Tensor  # (N, W) int64, ms
    learned: Tensor  # (N, W) bool
    held_out: Tensor  # (N, W) bool


class Negatives:
    """Which items an example may be told apart from: none that its user has played, now or later, and none that nobody
    had played by then (a title that was not out yet is not one that was passed over).
    """

    def __init__(self, plays: Plays, items: int) -> None:
        """items: C + 1."""
        self.played = torch.from_numpy(plays.titles)
        self.first = torch.from_numpy(np.searchsorted(plays.users, np.arange(plays.users.max() + 2)))
        since = np.full(items, np.iinfo(np.int64).max)
        np.minimum.at(since, plays.titles, plays.times)
        self.since = torch.from_numpy(since)
        self.shares = torch.from_numpy(np.bincount(plays.titles, minlength=items) / len(plays)).float()

    def draw(self, target: Tensor) -> tuple[Tensor, Tensor]:
        """Uniform items and some of the batch's own targets, and how often each was to be expected among them: (M,), (M,)."""
        count = len(self.shares) - 1
        uniform = torch.randint(1, count + 1, (UNIFORM_NEGATIVES,))
        mixed = target[torch.randperm(len(target))[:BATCH_NEGATIVES]]
        drawn = torch.cat([uniform, mixed])
        return drawn, UNIFORM_NEGATIVES / count + len(mixed) * self.shares[drawn]

    def forbidden(self, drawn: Tensor, users: Tensor, times: Tensor, window: Tensor) -> Tensor:
        """drawn (M,); users (B,) of the windows; times, window (E,) of the examples → (E, M) bool."""
        taken = torch.zeros(len(users), len(self.since), dtype=torch.bool)
        counts = self.first[users + 1] - self.first[users]
        rows = torch.repeat_interleave(torch.arange(len(users)), counts)
        within = torch.arange(len(rows)) - torch.repeat_interleave(counts.cumsum(0) - counts, counts)
        taken[rows, self.played[self.first[users][rows] + within]] = True
        return taken[:, drawn][window] | (self.since[drawn][None, :] > times[:, None])


def fit_towers(
    plays: Plays,
    genres: np.ndarray,
    seed: int,
    report: Report,
    checkpoints: Checkpoints | None = None,
    max_epochs: int = MAX_EPOCHS,
) -> tuple[TwoTower, int]:
    """Returns the model and its epochs. genres (C + 1, G) float32. Raises TrainerError where nobody has played twice."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    windows, negatives = _windows(plays, random), Negatives(plays, len(genres))
    towers = TwoTower(torch.from_numpy(genres))
    optimiser = torch.optim.AdamW(towers.parameters(), weight_decay=WEIGHT_DECAY)
    epochs = train_until_best(
        towers,
        optimiser,
        lambda: _losses(towers, windows, windows.learned, torch.randperm(len(windows.items)), negatives),
        lambda: _validation_loss(towers, windows, negatives),
        random,
        Schedule("towers", max_epochs, LEARNING_RATE, PATIENCE),
        report,
        checkpoints and checkpoints.of("towers", plays.users, plays.titles, plays.times, genres, seed, max_epochs),
    )
    return towers, epochs


def _losses(
    towers: TwoTower, windows: Windows, examples: Tensor, order: Tensor, negatives: Negatives
) -> Iterator[Tensor]:
    """The mean loss of each batch that has an example."""
    for rows in order.split(BATCH):
        if examples[rows].any():
            yield _loss(towers, windows, rows, examples[rows], negatives)


def _loss(towers: TwoTower, windows: Windows, rows: Tensor, examples: Tensor, negatives: Negatives) -> Tensor:
    """Softmax cross-entropy of the targets against a sample of the catalogue. examples (B, W) bool. Mean over examples."""
    items = windows.items[rows]
    vectors = towers.titles()
    user = towers.prefixes(items, vectors)[examples]  # (E, D)
    target = items[:, len(towers.recency) :][examples]  # (E,)
    drawn, expected = negatives.draw(target)
    window = torch.arange(len(rows))[:, None].expand(examples.shape)[examples]
    forbidden = negatives.forbidden(drawn, windows.users[rows], windows.times[rows][examples], window)
    negative = (user @ vectors[drawn].T - expected.log()).masked_fill(forbidden, float("-inf"))
    positive = (user * vectors[target]).sum(1, keepdim=True)
    return F.cross_entropy(torch.cat([positive, negative], 1), torch.zeros_like(target))


@torch.no_grad()
def _validation_loss(towers: TwoTower, windows: Windows, negatives: Negatives) -> float:
    """Every epoch is judged on the same draws; training's own go on where they were."""
    order = torch.arange(len(windows.items))
    counts = [int(windows.held_out[rows].sum()) for rows in order.split(BATCH)]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        losses = _losses(towers, windows, windows.held_out, order, negatives)
        total = sum(loss.item() * count for loss, count in zip(losses, filter(None, counts)))
    return total / sum(counts)


def _windows(plays: Plays, random: np.random.Generator) -> Windows:
    """Plays of one moment are put in a random order: theirs in the data, often by number, would tell the next one."""
    order = np.lexsort((random.random(len(plays)), plays.times, plays.users))
    users, titles, times = plays.users[order], plays.titles[order], plays.times[order]
    first = np.flatnonzero(np.append(True, users[1:] != users[:-1]))
    place = np.arange(len(users)) - np.repeat(first, np.diff(np.append(first, len(users))))
    starts = np.flatnonzero(place % WINDOW == 0)  # of the targets of each window
    at = starts[:, None] - HISTORY_LENGTH + np.arange(HISTORY_LENGTH + WINDOW)[None, :]
    inside = np.clip(at, 0, len(users) - 1)
    same = (at >= 0) & (at < len(users)) & (users[inside] == users[starts][:, None])
    items = torch.from_numpy(np.where(same, titles[inside], 0))
    examples = (items[:, HISTORY_LENGTH:] > 0) & (items[:, HISTORY_LENGTH - 1 : -1] > 0)
    usable = int(examples.sum())
    if usable < 2:
        raise TrainerError(
            f"only {usable} of {len(plays)} plays have an earlier play by the same user",
            "the model learns from what a user played before, and nobody has played twice",
            "Let the universe run longer, or import more of the data set",
        )
    held_out = examples & torch.from_numpy(random.random(examples.shape) < VALIDATION_SHARE)
    held_out |= _one_of(examples) if not held_out.any() else torch.zeros_like(examples)
    targets = torch.from_numpy(times[inside[:, HISTORY_LENGTH:]])
    return Windows(items, torch.from_numpy(users[starts]), targets, examples & ~held_out, held_out)


def _one_of(examples: Tensor) -> Tensor:
    """The last of them alone."""
    chosen = torch.zeros_like(examples)
    chosen[tuple(examples.nonzero()[-1])] = True
    return chosen


class NextPlay:
    """The towers as a recommender of files: everybody as of their last play."""

    def __init__(self, towers: TwoTower, plays: Plays) -> None:
        self.towers, self.plays = towers, plays
        with torch.no_grad():
            self.vectors = towers.titles()
        self.end = int(plays.times.max()) + 1

    @torch.no_grad()
    def scores(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        history = self.plays.history(users, np.full(len(users), self.end), HISTORY_LENGTH)
        chunks = torch.from_numpy(history).split(CHUNK_USERS)
        mine = torch.cat([self.towers.user(chunk, self.vectors) for chunk in chunks])
        return dot_products(mine.numpy(), self.vectors.numpy(), items)


def fit(
    plays: Plays, catalogue: int, seed: int, report: Report, checkpoints: Checkpoints | None = None
) -> NextPlay:
    no_genres = np.zeros((catalogue + 1, 1), np.float32)
    towers, _ = fit_towers(plays, no_genres, seed, report, checkpoints)
    return NextPlay(towers, plays)
