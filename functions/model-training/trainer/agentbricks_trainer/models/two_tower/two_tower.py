"""A tower for users and one for items meet in a dot product. A user is what they played; nothing is stored per user, so it
serves people it never saw. Trained to foretell the next play of each sequence, by sampled softmax.

Sizes: B examples, L history length, W targets of a window, C items (0 is padding), G genres, D dimensions, H heads.

Sources: Covington, Adams, Sargin 2016, "Deep neural networks for YouTube recommendations" (a user as what they watched);
Yi et al. 2019, "Sampling-bias-corrected neural modeling" (the logQ correction); Yang et al. 2020, "Mixed negative
sampling" (items of the batch and uniform ones); Kang & McAuley 2018, "Self-attentive sequential recommendation" (every
prefix of a sequence is an example).
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from agentbricks_trainer.data.run import Plays
from agentbricks_trainer.dot_product import dot_products
from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.progress import Report
from agentbricks_trainer.training.adamw import AdamW
from agentbricks_trainer.training.checkpoints import Checkpoints
from agentbricks_trainer.training.device import fastest_device, mixed_precision, name_of
from agentbricks_trainer.training.train_until_best import Schedule, train_until_best

from .sampled_softmax import SampledSoftmax
from .spectral_init import spectral_vectors
from .windows import (
    HISTORY_LENGTH,
    WINDOW,
    Batch,
    Negatives,
    Windows,
    batches_of,
    windows_of,
)

DIMENSIONS = 64
HEADS = 2
HIDDEN = 128
INITIAL_SCALE = 0.3
GENRE_SCALE = 0.05
PATIENCE = 2
# Of an epoch: more would learn nothing more, and take longer. Larger batches are made instead.
MOST_STEPS = 4_000
# Beyond this an item's importance would only overflow.
MAX_LOGIT = 8.0
CHUNK_USERS = 1024
VALIDATION_BATCH = 64
BYTE = 256


@dataclass(frozen=True)
class Settings:
    """What `agentbricks search` looks for. The defaults were chosen by hand on MovieLens-100K's training part."""

    learning_rate: float = 8e-3
    # Windows of a batch, of up to 50 examples; more where there are more windows than MOST_STEPS of them.
    batch: int = 16
    uniform_negatives: int = 256
    batch_negatives: int = 128
    dropout: float = 0.2
    weight_decay: float = 1e-2
    epochs: int = 5


# Least and greatest value of each setting.
RANGES = {
    "learning_rate": (1e-6, 1.0),
    "batch": (1, 65_536),
    "uniform_negatives": (1, 65_536),
    "batch_negatives": (1, 65_536),
    "dropout": (0.0, 0.95),
    "weight_decay": (0.0, 1.0),
    "epochs": (1, 1_000),
}


def settings_of(given: dict[str, float]) -> Settings:
    """Raises TrainerError for an unknown name, or a value of another kind or out of its range."""
    known = asdict(Settings())
    wrong = [name for name, value in given.items() if not _may_be(name, value, known)]
    if wrong:
        ranges = ", ".join(f"{name} {low:g} to {high:g}" for name, (low, high) in RANGES.items())
        raise TrainerError(
            f"the two-tower does not accept {', '.join(f'{name} = {given[name]}' for name in wrong)}",
            f"its settings, with their ranges, are {ranges}",
            "Give the best.json of a search's folder",
        )
    return Settings(**given)


def _may_be(name: str, value: float, known: dict[str, float]) -> bool:
    if name not in known or isinstance(value, bool) or type(value) not in (type(known[name]), int):
        return False
    low, high = RANGES[name]
    return low <= value <= high


class Thinned(nn.Module):
    """Dropout that draws a byte for each number, which is several times faster than a Bernoulli draw of PyTorch's."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.dropped = round(share * BYTE)  # of the values of a byte

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        words = torch.randint(-(2**63), 2**63 - 1, (-(-x.numel() // 8),), device=x.device)
        kept = words.view(torch.uint8)[: x.numel()].view(x.shape) >= self.dropped
        return x * kept * (BYTE / (BYTE - self.dropped))


class TwoTower(nn.Module):
    def __init__(self, genres: Tensor, dropout: float = 0.0) -> None:
        super().__init__()
        length, dimensions = HISTORY_LENGTH, DIMENSIONS
        items = genres.shape[0]  # C + 1
        self.register_buffer("genres", genres)  # (C + 1, G)
        self.identity = nn.Embedding(items, dimensions, padding_idx=0)
        self.genre = nn.Linear(genres.shape[1], dimensions, bias=False)
        self.importance = nn.Embedding(items, HEADS)  # how much an item tells about the one who played it
        self.recency = nn.Parameter(torch.zeros(length, HEADS))  # how much the i-th last play counts
        self.mix = nn.Sequential(
            Thinned(dropout),
            nn.Linear(HEADS * dimensions, HIDDEN),
            nn.GELU(),
            Thinned(dropout),
            nn.Linear(HIDDEN, dimensions),
        )
        nn.init.normal_(self.identity.weight, std=INITIAL_SCALE)
        nn.init.normal_(self.genre.weight, std=GENRE_SCALE)
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
        pooled = (weights.transpose(1, 2).contiguous() @ played).flatten(1)  # (B, H * D)
        return self.mix(pooled)

    def prefixes(self, windows: Tensor, examples: Tensor, titles: Tensor) -> Tensor:
        """The user before each example's target: what `user` gives for the last L plays, for all of a window's at once.

        A play's weight is exp(importance) * exp(recency): the second factor depends on the distance alone, so that one
        banded matrix serves all windows. windows (L + W, B), oldest first; examples (E,) places in (W * B); titles (C + 1, D)
        → (E, D).
        """
        before = windows[:-1]  # (L + W - 1, B)
        weight = self.importance(before).clamp(-MAX_LOGIT, MAX_LOGIT).exp() * (before > 0).unsqueeze(-1)
        played = F.embedding(before, titles)
        band = self._band()  # (H, W, L + W - 1)
        pooled = []
        for head in range(HEADS):
            mine = weight[:, :, head : head + 1]  # (L + W - 1, B, 1)
            weighed = torch.cat([mine * played, mine], dim=-1).flatten(1)
            summed = (band[head] @ weighed).view(WINDOW * windows.shape[1], -1)[examples]  # (E, D + 1)
            pooled.append(summed[:, :-1] / summed[:, -1:].clamp(min=1e-9))
        return self.mix(torch.cat(pooled, dim=-1))

    def _band(self) -> Tensor:
        length, device = len(self.recency), self.recency.device
        targets, plays = torch.arange(WINDOW, device=device), torch.arange(length + WINDOW - 1, device=device)
        distance = length + targets[:, None] - 1 - plays[None, :]
        inside = (distance >= 0) & (distance < length)
        return (self.recency[distance.clamp(0, length - 1)].exp() * inside.unsqueeze(-1)).permute(2, 0, 1)


def fit_towers(
    plays: Plays,
    genres: np.ndarray,
    seed: int,
    report: Report,
    checkpoints: Checkpoints | None = None,
    settings: Settings = Settings(),
) -> tuple[TwoTower, int]:
    """Returns the model and its epochs. genres (C + 1, G) float32. Raises TrainerError where nobody has played twice."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    device = fastest_device()
    # Only the order of times matters. As ranks they fit 32 bits, whatever their unit.
    ordered = replace(plays, times=np.unique(plays.times, return_inverse=True)[1])
    # All of them lie where they are learned from: nothing is loaded while it learns.
    windows = windows_of(ordered, random).to(device)
    negatives = Negatives(ordered, len(genres), settings.uniform_negatives, settings.batch_negatives, device)
    towers = TwoTower(torch.from_numpy(genres), settings.dropout)
    with torch.no_grad():
        towers.identity.weight.copy_(torch.from_numpy(spectral_vectors(plays, len(genres), DIMENSIONS, random)))
        towers.identity.weight.mul_(INITIAL_SCALE * DIMENSIONS**0.5)
    towers.to(device)
    optimiser = AdamW(towers.parameters(), weight_decay=settings.weight_decay)
    size = max(settings.batch, -(-len(windows.items) // MOST_STEPS))
    steps = -(-len(windows.items) // size)
    report("towers begin", device=name_of(device), windows=len(windows.items), batch=size)

    def batches() -> Iterator[Batch]:
        return batches_of(windows, windows.learned, torch.randperm(len(windows.items)), size, negatives)

    epochs = train_until_best(
        towers,
        optimiser,
        batches,
        lambda batch: _loss(towers, windows, batch, windows.learned, negatives),
        lambda: _validation_loss(towers, windows, negatives),
        random,
        Schedule("towers", settings.epochs, steps, settings.learning_rate, PATIENCE),
        report,
        checkpoints and checkpoints.of("towers", plays.users, plays.titles, plays.times, genres, seed, settings, device),
    )
    return towers.cpu(), epochs


def _loss(towers: TwoTower, windows: Windows, batch: Batch, examples: Tensor, negatives: Negatives) -> Tensor:
    """Softmax cross-entropy of the targets against a sample of the catalogue. examples (N, W) bool. Mean over the batch's."""
    rows, room, plays = batch
    mine = examples[rows].T.flatten()  # (W * B,)
    count, place = mine.sum(), torch.arange(room, device=rows.device)
    at = mine.nonzero_static(size=room).squeeze(1)[place % count]  # (E,): what room there is beyond is filled with them again
    items = windows.items[rows].T  # (L + W, B)
    vectors = towers.titles()
    with mixed_precision(rows.device):
        user = towers.prefixes(items, at, vectors)  # (E, D)
    target = items[len(towers.recency) :].flatten()[at]  # (E,)
    drawn, expected = negatives.draw(target)
    times = windows.times[rows].T.flatten()[at]
    forbidden = negatives.forbidden(drawn, windows.users[rows], plays, times, at % len(rows)) | (place >= count)[:, None]
    return SampledSoftmax.apply(
        user.float(), F.embedding(target, vectors), F.embedding(drawn, vectors), expected.log(), forbidden, count
    )


@torch.no_grad()
def _validation_loss(towers: TwoTower, windows: Windows, negatives: Negatives) -> float:
    """Every epoch is judged on the same draws; training's own go on where they were."""
    held_out = windows.held_out
    order = held_out.any(1).cpu().nonzero().squeeze(1)
    total = torch.zeros(())
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for batch in batches_of(windows, held_out, order, VALIDATION_BATCH, negatives):
            total = total + _loss(towers, windows, batch, held_out, negatives) * held_out[batch.rows].sum()
    return total.item() / int(held_out.sum())


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
    plays: Plays,
    catalogue: int,
    seed: int,
    report: Report,
    checkpoints: Checkpoints | None = None,
    settings: Settings = Settings(),
) -> NextPlay:
    no_genres = np.zeros((catalogue + 1, 1), np.float32)
    towers, _ = fit_towers(plays, no_genres, seed, report, checkpoints, settings)
    return NextPlay(towers, plays)
