"""Plays of all users as three columns."""

from dataclasses import dataclass

import numpy as np

from .array_types import Bools, Ints


@dataclass(frozen=True)
class Plays:
    """First plays, sorted by user, time and title: the plays of one user are contiguous, oldest first.

    Users are numbered from 0. Titles are numbered from 1; 0 is padding.
    """

    users: Ints  # (P,)
    titles: Ints  # (P,)
    times: Ints  # (P,), UTC epoch ms in a run; dense ranks from 0 in interaction files

    def __len__(self) -> int:
        return len(self.users)

    def where(self, mask: Bools) -> "Plays":
        """Returns the plays for which the mask, (P,), is True."""
        return Plays(self.users[mask], self.titles[mask], self.times[mask])

    def history(self, users: Ints, times: Ints, length: int) -> Ints:
        """Returns the last titles that each user played strictly before a time, newest first.

        Args:
            users: User numbers, (N,).
            times: One time per user, (N,), in the unit of the plays.
            length: Number of titles to return per user, L.

        Returns:
            Title numbers, (N, L). 0 pads users with fewer plays.
        """
        if len(self) == 0:
            return np.zeros((len(users), length), np.int64)
        first = np.searchsorted(self.users, users, "left")
        end = np.searchsorted(self._keys(self.users, self.times), self._keys(users, times), "left")
        at = end[:, None] - 1 - np.arange(length)[None, :]  # (N, L)
        return np.where(at >= first[:, None], self.titles[np.maximum(at, 0)], 0)

    def _keys(self, users: Ints, times: Ints) -> Ints:
        """Returns one sortable number per pair of user and time. Times are clipped to the span of the plays.

        Clipping keeps the keys of different users apart.
        """
        start, stop = self.times.min(), self.times.max() + 1
        keys: Ints = users * (stop - start + 1) + np.clip(times - start, 0, stop - start)
        return keys
