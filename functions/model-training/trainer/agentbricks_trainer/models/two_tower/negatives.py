"""Negatives of the two-tower: mixed negative sampling with the logQ correction.

Sizes: B windows, E examples of a batch, M sampled items, C items (0 is padding).

Sources: Yi et al. 2019, "Sampling-bias-corrected neural modeling" (the logQ correction); Yang et al. 2020, "Mixed
negative sampling" (items of the batch and uniform ones).
"""

import numpy as np
import torch
from torch import Tensor

from agentbricks_trainer.data.plays_as_columns import Plays

# Later than any play.
NEVER = np.iinfo(np.int32).max


class Negatives:
    """Samples the items that a batch's targets are compared with.

    An item is a negative of an example if, by the time of the example, its user had not played the item but another
    user had. An item without any play may not have been released yet. Items that the user plays later may be sampled.
    Excluding them would use the future, and would reveal the test to the model.
    """

    def __init__(self, plays: Plays, items: int, uniform: int, mixed: int, device: torch.device) -> None:
        """Prepares the sampling.

        Args:
            plays: Plays, one per pair, with times that fit 32 bits.
            items: Number of items with padding, C + 1.
            uniform: Number of items per batch that are sampled uniformly.
            mixed: Number of items per batch that are targets of the batch.
            device: Device of the batches.
        """
        self.uniform, self.mixed = uniform, mixed
        self.played = torch.from_numpy(plays.titles).to(device)
        self.times = torch.from_numpy(plays.times.astype(np.int32)).to(device)
        self.first = torch.from_numpy(np.searchsorted(plays.users, np.arange(plays.users.max() + 2))).to(device)
        self.counts = self.first.diff()  # plays per user
        since = np.full(items, NEVER)
        np.minimum.at(since, plays.titles, plays.times)
        self.since = torch.from_numpy(since).to(device)  # first play of each item by any user
        self.shares = torch.from_numpy(np.bincount(plays.titles, minlength=items) / len(plays)).float().to(device)

    def draw(self, target: Tensor) -> tuple[Tensor, Tensor]:
        """Samples items uniformly, and some of the batch's own targets.

        Args:
            target: Targets of the batch's examples, (E,) int64.

        Returns:
            The sampled items, (M,) int64, and the expected number of times that each is in such a sample, (M,) float32.
        """
        count = len(self.shares) - 1
        uniform = torch.randint(1, count + 1, (self.uniform,), device=target.device)
        mixed = target[torch.randperm(len(target), device=target.device)[: self.mixed]]
        drawn = torch.cat([uniform, mixed])
        return drawn, self.uniform / count + len(mixed) * self.shares[drawn]

    @staticmethod
    def log_q_correction(expected: Tensor) -> Tensor:
        """Returns the number to add to the score of each sampled item, (M,): −log of its expected number, (M,).

        Popular items are sampled more often. Without the correction, training would lower their scores for this reason.
        """
        return -expected.log()

    def forbidden(self, drawn: Tensor, users: Tensor, plays: int, times: Tensor, window: Tensor) -> Tensor:
        """Returns a mask of the sampled items that are not negatives of an example.

        Args:
            drawn: Sampled items, (M,) int64.
            users: User of each window, (B,) int64.
            plays: Upper bound of the number of plays by these users.
            times: Time of each example, (E,).
            window: Position of each example's window in the batch, (E,) int64.

        Returns:
            Mask, (E, M).
        """
        items, device = len(self.since), drawn.device
        ends = self.counts[users].cumsum(0)
        place = torch.arange(plays, device=device)
        rows = torch.searchsorted(ends, place, right=True)  # window of each play; len(users) after the last play
        shift = (self.first[users + 1] - ends)[rows.clamp(max=len(users) - 1)]
        at = (place + shift).clamp(max=len(self.played) - 1)
        # Time at which the user of each window first played each item, (B + 1, C + 1).
        when = torch.full(((len(users) + 1) * items,), NEVER, dtype=torch.int32, device=device)
        when = when.index_copy_(0, rows * items + self.played[at], self.times[at]).view(-1, items)
        # A window's user may have played an item by the time of one example and not by that of another.
        return (when[:, drawn][window] <= times[:, None]) | (self.since[drawn][None, :] > times[:, None])
