"""What a sequence model learns from: windows of users' plays, and what they may be told apart from.

Sizes: B examples, E of a batch, L history length, W targets of a window, C items (0 is padding), M drawn.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from agentbricks_trainer.data.run import Plays
from agentbricks_trainer.errors import TooFewPlays

HISTORY_LENGTH = 50  # RECENT_PLAYS in layers/domain/features/features.ts
# Targets of a window: more would be wasted on those who play little.
WINDOW = 50
# Early stopping looks at every tenth example: at half of those of a fifth of the windows, and at no more windows than these.
VALIDATION_WINDOWS = 0.2
VALIDATION_SHARE = 0.5
MOST_VALIDATION_WINDOWS = 2_000
# Later than any time.
NEVER = np.iinfo(np.int32).max


@dataclass(frozen=True)
class Windows:
    """Stretches of users' sequences: L plays of context, then W targets. An example is a target with a play before it."""

    items: Tensor  # (N, L + W) int64, oldest first, 0 where there is none
    users: Tensor  # (N,) int64
    times: Tensor  # (N, W) int64
    learned: Tensor  # (N, W) bool
    held_out: Tensor  # (N, W) bool

    def to(self, device: torch.device) -> "Windows":
        return Windows(*(getattr(self, field).to(device) for field in self.__dataclass_fields__))


class Batch(NamedTuple):
    """Windows that are learned from together: whoever makes tensors of them need not wait until a GPU has counted."""

    rows: Tensor  # (B,) of the windows
    # Room for them, and for all plays of the windows' users. On a GPU the same for all batches of an epoch but the last.
    examples: int
    plays: int


class Negatives:
    """The negatives of an example: items that its user had not played by its time, and that some user had played by then (others may
    not have been released). Items that the user plays later may be sampled: excluding them would use the future, and would reveal
    the test to the model.
    """

    def __init__(self, plays: Plays, items: int, uniform: int, mixed: int, device: torch.device) -> None:
        """plays: one per pair, with times that fit 32 bits. items: C + 1. uniform, mixed: sampled per batch."""
        self.uniform, self.mixed = uniform, mixed
        self.played = torch.from_numpy(plays.titles).to(device)
        self.times = torch.from_numpy(plays.times.astype(np.int32)).to(device)
        self.first = torch.from_numpy(np.searchsorted(plays.users, np.arange(plays.users.max() + 2))).to(device)
        self.counts = self.first.diff()  # plays of each user
        since = np.full(items, NEVER)
        np.minimum.at(since, plays.titles, plays.times)
        self.since = torch.from_numpy(since).to(device)
        self.shares = torch.from_numpy(np.bincount(plays.titles, minlength=items) / len(plays)).float().to(device)

    def draw(self, target: Tensor) -> tuple[Tensor, Tensor]:
        """Uniform items and some of the batch's own targets, and how often each was to be expected among them: (M,), (M,)."""
        count = len(self.shares) - 1
        uniform = torch.randint(1, count + 1, (self.uniform,), device=target.device)
        mixed = target[torch.randperm(len(target), device=target.device)[: self.mixed]]
        drawn = torch.cat([uniform, mixed])
        return drawn, self.uniform / count + len(mixed) * self.shares[drawn]

    def forbidden(self, drawn: Tensor, users: Tensor, plays: int, times: Tensor, window: Tensor) -> Tensor:
        """drawn (M,); users (B,) of the windows, and room for all their plays; times, window (E,) of the examples → (E, M) bool."""
        items, device = len(self.since), drawn.device
        ends = self.counts[users].cumsum(0)
        place = torch.arange(plays, device=device)
        rows = torch.searchsorted(ends, place, right=True)  # len(users) beyond the last play
        shift = (self.first[users + 1] - ends)[rows.clamp(max=len(users) - 1)]
        at = (place + shift).clamp(max=len(self.played) - 1)
        # When each window's user first played each item: (B + 1, C + 1)
        when = torch.full(((len(users) + 1) * items,), NEVER, dtype=torch.int32, device=device)
        when = when.index_copy_(0, rows * items + self.played[at], self.times[at]).view(-1, items)
        # A window's user may have played an item by the time of one example and not by that of another.
        return (when[:, drawn][window] <= times[:, None]) | (self.since[drawn][None, :] > times[:, None])


def batches_of(
    windows: Windows, examples: Tensor, order: Tensor, size: int, negatives: Negatives
) -> Iterator[Batch]:
    """Windows in this order, so many at once, but for batches without an example. examples (N, W) bool."""
    starts = np.arange(0, len(order), size)
    held, played = (
        np.add.reduceat(of_window.cpu().numpy()[order.numpy()], starts)
        for of_window in (examples.sum(1), negatives.counts[windows.users])
    )
    room = (int(held.max()), int(played.max())) if examples.is_cuda else None
    for rows, *counts in zip(order.to(examples.device).split(size), held.tolist(), played.tolist()):
        if counts[0]:
            yield Batch(rows, *(room or counts))


def windows_of(plays: Plays, random: np.random.Generator) -> Windows:
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
        raise TooFewPlays(
            f"only {usable} of {len(plays)} plays have an earlier play by the same user",
            "the model learns from what a user played before, and nobody has played twice",
            "Let the universe run longer, or import more of the data set",
        )
    held_out = examples & torch.from_numpy(_for_validation(examples.shape, random))
    held_out |= _one_of(examples) if not held_out.any() else torch.zeros_like(examples)
    targets = torch.from_numpy(times[inside[:, HISTORY_LENGTH:]])
    return Windows(items, torch.from_numpy(users[starts]), targets, examples & ~held_out, held_out)


def _for_validation(shape: tuple[int, int], random: np.random.Generator) -> np.ndarray:
    windows = random.random(shape[0]) < min(VALIDATION_WINDOWS, MOST_VALIDATION_WINDOWS / shape[0])
    return windows[:, None] & (random.random(shape, np.float32) < VALIDATION_SHARE)


def _one_of(examples: Tensor) -> Tensor:
    """The last of them alone."""
    chosen = torch.zeros_like(examples)
    chosen[tuple(examples.nonzero()[-1])] = True
    return chosen
