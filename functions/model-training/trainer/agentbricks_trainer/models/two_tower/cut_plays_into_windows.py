"""Training examples of a sequence model: windows of users' plays.

Sizes: N windows, L history length, W targets of a window.
"""

from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from agentbricks_trainer.data.array_types import Bools
from agentbricks_trainer.data.plays_as_columns import Plays
from agentbricks_trainer.errors import TooFewPlaysError

# Maximum number of last plays that a user's vector is computed from. RECENT_PLAYS in TypeScript is the same number.
HISTORY_LENGTH = 50
# Number of targets per window. Longer windows would be mostly padding, because most users play little.
WINDOW = 50
# Early stopping uses about a tenth of the examples. It takes a fifth of the windows, but at most about
# MOST_VALIDATION_WINDOWS, and half of the examples in these windows.
VALIDATION_WINDOWS = 0.2
VALIDATION_SHARE = 0.5
MOST_VALIDATION_WINDOWS = 2_000
# Minimum number of examples, as training and validation both need one.
LEAST_EXAMPLES = 2


@dataclass(frozen=True)
class Windows:
    """Windows of users' sequences: L plays of context, then W targets. An example is a target with a play before it."""

    items: Tensor  # (N, L + W) int64, oldest first, 0 for padding
    users: Tensor  # (N,) int64
    times: Tensor  # (N, W) int64, times of the targets
    learned: Tensor  # (N, W) bool, examples to train on
    held_out: Tensor  # (N, W) bool, examples to validate on

    def to(self, device: torch.device) -> "Windows":
        """Returns a copy on a device."""
        return Windows(*(getattr(self, field.name).to(device) for field in fields(self)))


def windows_of(plays: Plays, random: np.random.Generator) -> Windows:
    """Cuts each user's plays into windows.

    A user's plays with equal times are put in random order, because their order in the data, by title, would help to
    predict the next play.

    Args:
        plays: Plays to learn from.
        random: Source of all random numbers.

    Raises:
        TooFewPlaysError: If fewer than two plays have an earlier play by the same user.
    """
    order = np.lexsort((random.random(len(plays)), plays.times, plays.users))
    users, titles, times = plays.users[order], plays.titles[order], plays.times[order]
    first = np.flatnonzero(np.append(True, users[1:] != users[:-1]))
    place = np.arange(len(users)) - np.repeat(first, np.diff(np.append(first, len(users))))
    starts = np.flatnonzero(place % WINDOW == 0)  # position of each window's first target
    at = starts[:, None] - HISTORY_LENGTH + np.arange(HISTORY_LENGTH + WINDOW)[None, :]
    inside = np.clip(at, 0, len(users) - 1)
    same = (at >= 0) & (at < len(users)) & (users[inside] == users[starts][:, None])
    items = torch.from_numpy(np.where(same, titles[inside], 0))
    examples = (items[:, HISTORY_LENGTH:] > 0) & (items[:, HISTORY_LENGTH - 1 : -1] > 0)
    usable = int(examples.sum())
    if usable < LEAST_EXAMPLES:
        raise TooFewPlaysError(
            f"only {usable} of {len(plays)} plays {'has' if usable == 1 else 'have'} an earlier play by the same user",
            "the model learns from a user's earlier plays, and "
            + ("one such play cannot both train and validate it" if usable else "no user has played twice"),
            "Let the universe run longer, or import more of the data set",
        )
    held_out = examples & torch.from_numpy(_for_validation(len(items), random))
    if int(held_out.sum()) in {0, usable}:
        held_out = _last_only(examples)
    targets = torch.from_numpy(times[inside[:, HISTORY_LENGTH:]])
    return Windows(items, torch.from_numpy(users[starts]), targets, examples & ~held_out, held_out)


def _for_validation(count: int, random: np.random.Generator) -> Bools:
    """Returns a mask of the targets to hold out, (count, W)."""
    windows = random.random(count) < min(VALIDATION_WINDOWS, MOST_VALIDATION_WINDOWS / count)
    return windows[:, None] & (random.random((count, WINDOW), np.float32) < VALIDATION_SHARE)


def _last_only(examples: Tensor) -> Tensor:
    """Returns a mask, (N, W), of the last example."""
    chosen = torch.zeros_like(examples)
    chosen[tuple(examples.nonzero()[-1])] = True
    return chosen
