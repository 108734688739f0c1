"""The data of one pipeline run as numpy arrays.

Sizes: U users, numbered from 0; C titles, numbered from 1 in the order of titles.parquet (0 is padding); G genres; F
features.
"""

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa

from .array_types import Bools, Floats, Ints, Texts
from .feature_names import TITLE_FEATURES, USER_FEATURES
from .plays_as_columns import Plays


@dataclass(frozen=True)
class Rows:
    """Training rows of the ranker, with features as they were at the time of each row."""

    users: Ints  # (R,)
    titles: Ints  # (R,)
    times: Ints  # (R,), UTC epoch ms
    labels: Floats  # (R,), 1: the user played the title, 0: the user saw it and did not play it
    weights: Floats  # (R,), weight of the row in the loss
    features: Floats  # (R, F)

    def __len__(self) -> int:
        return len(self.users)

    def where(self, mask: Bools) -> "Rows":
        """Returns the rows for which the mask, (R,), is True."""
        return Rows(*(getattr(self, field.name)[mask] for field in fields(self)))


@dataclass(frozen=True)
class UnchosenPlays:
    """Plays of titles that no recommender had chosen.

    Exploration sampled the titles at random, or users found them without a slate.
    """

    users: Ints  # (E,)
    titles: Ints  # (E,)
    times: Ints  # (E,), UTC epoch ms
    shown: list[Ints]  # E arrays: the titles of each play's slate, empty for a play without a slate

    def where(self, mask: Bools) -> "UnchosenPlays":
        """Returns the plays for which the mask, (E,), is True."""
        shown = [titles for titles, keep in zip(self.shown, mask, strict=True) if keep]
        return UnchosenPlays(self.users[mask], self.titles[mask], self.times[mask], shown)

    def and_also(self, other: "UnchosenPlays") -> "UnchosenPlays":
        """Returns these plays, followed by the plays of `other`."""
        return UnchosenPlays(
            users=np.concatenate([self.users, other.users]),
            titles=np.concatenate([self.titles, other.titles]),
            times=np.concatenate([self.times, other.times]),
            shown=self.shown + other.shown,
        )


@dataclass(frozen=True)
class Snapshot:
    """Features of users and titles as they were at one time."""

    title_known: Bools  # (C + 1,), whether the title was in the catalogue; False for padding
    titles: Floats  # (C + 1, 4), TITLE_FEATURES
    users: Floats  # (U, 3), USER_FEATURES
    genre_share: Floats  # (U, G), each genre's share of the user's plays; a row sums to 1, or to 0 without plays
    country: Texts  # (U,), ISO 3166, or "" where the country is not known
    genres: Floats  # (C + 1, G), multi-hot

    def features(self, users: Ints, affinity: Floats) -> Floats:
        """Returns the features of each pair of a user and a title, in the order of FEATURE_NAMES.

        Args:
            users: User numbers, (n,).
            affinity: The feature `pair_genreAffinity` of each pair, (n, C + 1).

        Returns:
            Features, (n, C + 1, F).
        """
        n, c = affinity.shape
        of_users = np.broadcast_to(self.users[users][:, None, :], (n, c, len(USER_FEATURES)))
        of_titles = np.broadcast_to(self.titles[None], (n, c, len(TITLE_FEATURES)))
        return np.concatenate([of_users, of_titles, affinity[:, :, None]], axis=2)


@dataclass(frozen=True)
class TrainingData:
    """The plays and rows that were known at one time."""

    plays: Plays
    rows: Rows


@dataclass(frozen=True)
class Run:
    """Everything that the trainer reads from one run's folder."""

    as_of: int  # end of the training data, UTC epoch ms
    split_at: int  # start of the test period, UTC epoch ms
    titles: list[str]  # (C,), title number i + 1 is titles[i]
    genres: Floats  # (C + 1, G), multi-hot
    user_ids: pa.Array  # (U,)
    plays: Plays
    rows: Rows
    before_split: TrainingData  # plays and rows that were known at the split
    explored: UnchosenPlays
    organic: UnchosenPlays
    recommended: Plays  # plays from a slate
    at_split: Snapshot
    data_hash: str  # sha256 of the run's files, hex

    def affinity(self, users: Ints) -> Floats:
        """Returns the feature `pair_genreAffinity` at the split: the user's mean genre share over a title's genres.

        Args:
            users: User numbers, (n,).

        Returns:
            Affinities from 0 to 1, (n, C + 1).
        """
        genres = self.at_split.genres
        per_title = genres / np.maximum(genres.sum(axis=1, keepdims=True), 1)
        affinities: Floats = self.at_split.genre_share[users] @ per_title.T
        return affinities
