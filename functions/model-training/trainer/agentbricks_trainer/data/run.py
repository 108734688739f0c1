"""One run as numpy arrays. Users are numbered from 0; titles from 1, in the order of titles.parquet; 0 is padding."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

# The same names, in the same order, as FEATURE_NAMES in layers/domain/features/features.ts.
USER_FEATURES = ("plays7d", "playsTotal", "meanRating")
TITLE_FEATURES = ("plays7d", "playsTotal", "meanRating", "ageDays")
FEATURE_NAMES = (
    *(f"user_{name}" for name in USER_FEATURES),
    *(f"title_{name}" for name in TITLE_FEATURES),
    "pair_genreAffinity",
)


@dataclass(frozen=True)
class Plays:
    """First plays in order of (user, time, title): one user's plays are contiguous, oldest first."""

    users: np.ndarray  # (P,) int64
    titles: np.ndarray  # (P,) int64, from 1
    times: np.ndarray  # (P,) int64, ms

    def __len__(self) -> int:
        return len(self.users)

    def where(self, mask: np.ndarray) -> "Plays":
        return Plays(self.users[mask], self.titles[mask], self.times[mask])

    def history(self, users: np.ndarray, times: np.ndarray, length: int) -> np.ndarray:
        """Each user's last plays strictly before a time, newest first.

        users, times: (N,); returns (N, length) int64, 0 where there is no more.
        """
        if len(self) == 0:
            return np.zeros((len(users), length), np.int64)
        first = np.searchsorted(self.users, users, "left")
        end = np.searchsorted(self._keys(self.users, self.times), self._keys(users, times), "left")
        at = end[:, None] - 1 - np.arange(length)[None, :]  # (N, length)
        return np.where(at >= first[:, None], self.titles[np.maximum(at, 0)], 0)

    def _keys(self, users: np.ndarray, times: np.ndarray) -> np.ndarray:
        """One sortable number per (user, time): users never meet, because a time is clipped to the plays' span."""
        start, stop = self.times.min(), self.times.max() + 1
        return users * (stop - start + 1) + np.clip(times - start, 0, stop - start)


@dataclass(frozen=True)
class Rows:
    """Point-in-time training rows of the ranker."""

    users: np.ndarray  # (R,) int64
    titles: np.ndarray  # (R,) int64, from 1
    times: np.ndarray  # (R,) int64, ms
    labels: np.ndarray  # (R,) float32: 1 was played, 0 was not
    weights: np.ndarray  # (R,) float32
    features: np.ndarray  # (R, F) float32

    def __len__(self) -> int:
        return len(self.users)

    def where(self, mask: np.ndarray) -> "Rows":
        return Rows(*(getattr(self, field)[mask] for field in self.__dataclass_fields__))


@dataclass(frozen=True)
class Unchosen:
    """Plays of titles that no recommender had chosen for the user: chance put them into a slate, or the user found them alone."""

    users: np.ndarray  # (E,) int64
    titles: np.ndarray  # (E,) int64, from 1
    times: np.ndarray  # (E,) int64, ms
    shown: list[np.ndarray]  # (E,) the titles of each play's slate; empty where there was no slate

    def where(self, mask: np.ndarray) -> "Unchosen":
        shown = [titles for titles, keep in zip(self.shown, mask) if keep]
        return Unchosen(self.users[mask], self.titles[mask], self.times[mask], shown)

    def and_also(self, other: "Unchosen") -> "Unchosen":
        columns = (np.concatenate([getattr(self, name), getattr(other, name)]) for name in ("users", "titles", "times"))
        return Unchosen(*columns, self.shown + other.shown)


@dataclass(frozen=True)
class Snapshot:
    """What was known of users and titles at one time."""

    title_known: np.ndarray  # (C + 1,) bool: titles in the catalogue then; row 0 is padding
    titles: np.ndarray  # (C + 1, 4) float32
    users: np.ndarray  # (U, 3) float32
    genre_share: np.ndarray  # (U, G) float32, rows sum to 1 or are 0
    country: np.ndarray  # (U,) str, ISO 3166; "" where it is not known
    genres: np.ndarray  # (C + 1, G) float32 multi-hot

    def features(self, users: np.ndarray, affinity: np.ndarray) -> np.ndarray:
        """Features of every pair. users (n,); affinity (n, C + 1) → (n, C + 1, F)."""
        n, c = affinity.shape
        mine = np.broadcast_to(self.users[users][:, None, :], (n, c, len(USER_FEATURES)))
        theirs = np.broadcast_to(self.titles[None], (n, c, len(TITLE_FEATURES)))
        return np.concatenate([mine, theirs, affinity[:, :, None]], axis=2)


@dataclass(frozen=True)
class Known:
    """The training data of one time."""

    plays: Plays
    rows: Rows


@dataclass(frozen=True)
class Run:
    as_of: int
    split_at: int
    titles: list[str]  # (C,): title number i + 1 is titles[i]
    genres: np.ndarray  # (C + 1, G) float32 multi-hot
    user_ids: pa.Array  # (U,)
    plays: Plays
    rows: Rows
    earlier: Known  # as it was at the split
    explored: Unchosen
    organic: Unchosen
    recommended: Plays  # plays that came from a slate
    at_split: Snapshot
    data_hash: str

    def affinity(self, users: np.ndarray) -> np.ndarray:
        """`pair_genreAffinity` at the split: mean, over a title's genres, of the user's share. (n,) → (n, C + 1)."""
        genres = self.at_split.genres
        per_title = genres / np.maximum(genres.sum(axis=1, keepdims=True), 1)
        return self.at_split.genre_share[users] @ per_title.T
