"""Reads the Parquet files of one run. `runFiles` in TypeScript names the same files."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from agentbricks_trainer.errors import TrainerError

from .array_types import Doubles, Ints
from .decode_parquet_columns import codes, countries, genre_shares, multi_hot, numbers, read_table, scatter_rows
from .feature_names import FEATURE_NAMES, TITLE_FEATURES, USER_FEATURES
from .plays_as_columns import Plays
from .run_data_classes import Rows, Run, Snapshot, TrainingData, UnchosenPlays

FILES = (
    "explored-plays.parquet",
    "interactions-at-split.parquet",
    "interactions.parquet",
    "meta.json",
    "titles-at-split.parquet",
    "titles.parquet",
    "training-set-at-split.parquet",
    "training-set.parquet",
    "users-at-split.parquet",
    "users.parquet",
)
INTERACTIONS = ["userId", "titleId", "occurredAt", "rating", "recommended"]
# Change of a play's weight in the ranker's loss per star above the mean of all ratings. An unrated play weighs 1. Which
# titles users play depends on their slates; ratings show which titles they liked.
WEIGHT_PER_STAR = 0.6
LEAST_WEIGHT, MOST_WEIGHT = 0.1, 3.0


def load_run(folder: Path) -> Run:
    """Reads a run's folder.

    Raises:
        TrainerError: If a file or column is missing, a number is not finite, or there is too little data to learn from.
    """
    _require_files(folder)
    meta = json.loads((folder / "meta.json").read_text())
    catalogue = read_table(folder, "titles", ["titleId", "genres"])
    interactions = read_table(folder, "interactions", INTERACTIONS)
    titles = catalogue["titleId"].combine_chunks()
    users = pc.unique(interactions["userId"]).sort()
    with_genres = (catalogue, read_table(folder, "titles-at-split", ["genres"]))
    vocabulary = sorted({genre for table in with_genres for genre in pc.list_flatten(table["genres"]).to_pylist()})
    _require_enough(interactions, len(titles), len(users))
    data = _training_data(folder, "", users, titles)
    return Run(
        as_of=int(meta["asOf"]),
        split_at=int(meta["splitAt"]),
        titles=titles.to_pylist(),
        genres=multi_hot(catalogue["genres"], vocabulary),
        user_ids=users,
        plays=data.plays,
        rows=data.rows,
        before_split=_training_data(folder, "-at-split", users, titles),
        explored=_explored(folder, users, titles),
        organic=_organic(interactions, users, titles),
        recommended=_plays(interactions.filter(interactions["recommended"]), users, titles),
        at_split=_snapshot(folder, users, titles, vocabulary),
        data_hash=_hash(folder),
    )


def _require_files(folder: Path) -> None:
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise TrainerError(
            f"{folder} lacks {', '.join(missing)}",
            "the feature job of this run did not finish, or this is another folder",
            "Run the pipeline's Features state first, and give its run folder as --data",
        )


def _require_enough(interactions: pa.Table, titles: int, users: int) -> None:
    if len(interactions) and titles > 1 and users > 1:
        return
    raise TrainerError(
        f"there are {len(interactions)} plays of {titles} titles by {users} users",
        "a recommender needs at least one play, two users and two titles",
        "Let the universe run for a day, or import a data set, and start the pipeline again",
    )


def _training_data(folder: Path, suffix: str, users: pa.Array, titles: pa.Array) -> TrainingData:
    """Reads the interactions and the training set whose file names end in this suffix."""
    interactions = read_table(folder, f"interactions{suffix}", INTERACTIONS)
    training = read_table(folder, f"training-set{suffix}", ["userId", "titleId", "occurredAt", "label", *FEATURE_NAMES])
    return TrainingData(_plays(interactions, users, titles), _rows(training, interactions, users, titles))


def _plays(table: pa.Table, users: pa.Array, titles: pa.Array) -> Plays:
    user, title = codes(table["userId"], users), codes(table["titleId"], titles)
    time = numbers(table, "occurredAt", np.int64)
    order = np.lexsort((title, time, user))
    plays = Plays(user[order], title[order] + 1, time[order])
    return plays.where(plays.titles > 0)


def _rows(table: pa.Table, interactions: pa.Table, users: pa.Array, titles: pa.Array) -> Rows:
    user, title = codes(table["userId"], users), codes(table["titleId"], titles) + 1
    labels = numbers(table, "label", np.float32)
    stars = _stars(interactions, users, titles, user * (len(titles) + 1) + title)
    rows = Rows(
        users=user,
        titles=title,
        times=numbers(table, "occurredAt", np.int64),
        labels=labels,
        weights=np.where(labels > 0, _weights(stars), 1).astype(np.float32),
        features=np.stack([numbers(table, name, np.float32) for name in FEATURE_NAMES], axis=1),
    )
    return rows.where((rows.users >= 0) & (rows.titles > 0))


def _stars(interactions: pa.Table, users: pa.Array, titles: pa.Array, pairs: Ints) -> Doubles:
    """Returns each pair's rating minus the mean of all ratings, (R,), in stars; 0 for unrated pairs.

    The number of a pair in `pairs`, (R,), is user * (number of titles + 1) + title.
    """
    rated = interactions.filter(pc.is_valid(interactions["rating"]))
    if len(rated) == 0:
        return np.zeros(len(pairs))
    keys = codes(rated["userId"], users) * (len(titles) + 1) + codes(rated["titleId"], titles) + 1
    order = np.argsort(keys)
    ratings = numbers(rated, "rating", np.float64)
    at = np.minimum(np.searchsorted(keys[order], pairs), len(keys) - 1)
    return np.where(keys[order][at] == pairs, ratings[order][at] - ratings.mean(), 0)


def _weights(stars: Doubles) -> Doubles:
    return np.clip(1 + WEIGHT_PER_STAR * stars, LEAST_WEIGHT, MOST_WEIGHT)


def _organic(table: pa.Table, users: pa.Array, titles: pa.Array) -> UnchosenPlays:
    """Returns plays of titles that users found without a slate."""
    plays = _plays(table.filter(pc.invert(table["recommended"])), users, titles)
    return UnchosenPlays(plays.users, plays.titles, plays.times, [np.zeros(0, np.int64)] * len(plays))


def _explored(folder: Path, users: pa.Array, titles: pa.Array) -> UnchosenPlays:
    """Returns plays of titles that exploration put into a slate."""
    table = read_table(folder, "explored-plays", ["userId", "titleId", "occurredAt", "shown"])
    shown = table["shown"].combine_chunks()
    shown_titles = codes(pc.list_flatten(shown), titles) + 1
    lengths = pc.list_value_length(shown).to_numpy()
    return UnchosenPlays(
        users=codes(table["userId"], users),
        titles=codes(table["titleId"], titles) + 1,
        times=numbers(table, "occurredAt", np.int64),
        shown=np.split(shown_titles, np.cumsum(lengths)[:-1]) if len(lengths) else [],
    )


def _snapshot(folder: Path, users: pa.Array, titles: pa.Array, vocabulary: list[str]) -> Snapshot:
    title_table = read_table(folder, "titles-at-split", ["titleId", "genres", *TITLE_FEATURES])
    user_table = read_table(folder, "users-at-split", ["userId", *USER_FEATURES, "genreShare", "country"])
    title, user = codes(title_table["titleId"], titles) + 1, codes(user_table["userId"], users)
    known = np.zeros(len(titles) + 1, bool)
    known[title] = True
    known[0] = False
    genres = np.zeros((len(titles) + 1, len(vocabulary)), np.float32)
    genres[title] = multi_hot(title_table["genres"], vocabulary)[1:]
    genres[0] = 0
    return Snapshot(
        title_known=known,
        titles=scatter_rows(title_table, TITLE_FEATURES, title, len(titles) + 1),
        users=scatter_rows(user_table, USER_FEATURES, user, len(users)),
        genre_share=genre_shares(user_table["genreShare"].combine_chunks(), user, len(users), vocabulary),
        country=countries(user_table["country"], user, len(users)),
        genres=genres,
    )


def _hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in FILES:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()
