"""Reads one run's Parquet files (layers/domain/models/pipeline-run.ts) into arrays."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from agentbricks_trainer.errors import TrainerError

from .run import (
    FEATURE_NAMES,
    TITLE_FEATURES,
    USER_FEATURES,
    Known,
    Plays,
    Rows,
    Run,
    Snapshot,
    Unchosen,
)

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
# Weight of a play in the ranker's loss: people play what they are shown, and the stars tell how much they liked it.
WEIGHT_PER_STAR = 0.6  # above the mean of all ratings; an unrated play weighs 1
LEAST_WEIGHT, MOST_WEIGHT = 0.1, 3.0


def load(folder: Path) -> Run:
    """Reads a run's folder. Raises TrainerError when there is too little to learn from."""
    _require_files(folder)
    meta = json.loads((folder / "meta.json").read_text())
    catalogue = _table(folder, "titles", ["titleId", "genres"])
    interactions = _table(folder, "interactions", INTERACTIONS)
    titles = catalogue["titleId"].combine_chunks()
    users = pc.unique(interactions["userId"]).sort()
    described = (catalogue, _table(folder, "titles-at-split", ["genres"]))
    vocabulary = sorted({genre for table in described for genre in pc.list_flatten(table["genres"]).to_pylist()})
    _require_enough(interactions, len(titles), len(users))
    known = _known(folder, "", users, titles)
    return Run(
        as_of=int(meta["asOf"]),
        split_at=int(meta["splitAt"]),
        titles=titles.to_pylist(),
        genres=_multi_hot(catalogue["genres"], vocabulary),
        user_ids=users,
        plays=known.plays,
        rows=known.rows,
        earlier=_known(folder, "-at-split", users, titles),
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
        "a recommender needs at least two users and two titles to tell apart",
        "Let the universe run for a day, or import a data set, and start the pipeline again",
    )


def _table(folder: Path, name: str, columns: list[str]) -> pa.Table:
    path = folder / f"{name}.parquet"
    absent = [column for column in columns if column not in pq.read_schema(path).names]
    if absent:
        raise TrainerError(
            f"{path.name} lacks the columns {', '.join(absent)}",
            "the feature job and the trainer are of different versions",
            "Build the features again with this version of the code",
        )
    return pq.read_table(path, columns=columns)


def _numbers(table: pa.Table, name: str, dtype: type) -> np.ndarray:
    values = pc.fill_null(table[name], 0).to_numpy().astype(dtype)
    spoiled = np.flatnonzero(~np.isfinite(values))
    if len(spoiled):
        raise TrainerError(
            f"{name} is {values[spoiled[0]]} in {len(spoiled)} of {len(values)} rows, first in row {spoiled[0]}",
            "a feature divides by zero, or the log has events with impossible numbers",
            "Fix that feature and run the pipeline again",
        )
    return values


def _codes(column: pa.ChunkedArray, known: pa.Array) -> np.ndarray:
    """Position in `known`, -1 when it is not there."""
    return pc.fill_null(pc.index_in(column, value_set=known), -1).to_numpy().astype(np.int64)


def _multi_hot(genres: pa.ChunkedArray, vocabulary: list[str]) -> np.ndarray:
    matrix = np.zeros((len(genres) + 1, len(vocabulary)), np.float32)
    flat = genres.combine_chunks()
    parents = pc.list_parent_indices(flat).to_numpy()
    matrix[parents + 1, _codes(pc.list_flatten(flat), pa.array(vocabulary, pa.string()))] = 1
    return matrix


def _known(folder: Path, suffix: str, users: pa.Array, titles: pa.Array) -> Known:
    """The training data in the files with this suffix."""
    interactions = _table(folder, f"interactions{suffix}", INTERACTIONS)
    training = _table(folder, f"training-set{suffix}", ["userId", "titleId", "occurredAt", "label", *FEATURE_NAMES])
    return Known(_plays(interactions, users, titles), _rows(training, interactions, users, titles))


def _plays(table: pa.Table, users: pa.Array, titles: pa.Array) -> Plays:
    user, title = _codes(table["userId"], users), _codes(table["titleId"], titles)
    time = _numbers(table, "occurredAt", np.int64)
    order = np.lexsort((title, time, user))
    plays = Plays(user[order], title[order] + 1, time[order])
    return plays.where(plays.titles > 0)


def _rows(table: pa.Table, interactions: pa.Table, users: pa.Array, titles: pa.Array) -> Rows:
    user, title = _codes(table["userId"], users), _codes(table["titleId"], titles) + 1
    labels = _numbers(table, "label", np.float32)
    stars = _stars(interactions, users, titles, user * (len(titles) + 1) + title)
    rows = Rows(
        users=user,
        titles=title,
        times=_numbers(table, "occurredAt", np.int64),
        labels=labels,
        weights=np.where(labels > 0, _weights(stars), 1).astype(np.float32),
        features=np.stack([_numbers(table, name, np.float32) for name in FEATURE_NAMES], axis=1),
    )
    return rows.where((rows.users >= 0) & (rows.titles > 0))


def _stars(interactions: pa.Table, users: pa.Array, titles: pa.Array, pairs: np.ndarray) -> np.ndarray:
    """The latest rating of each pair, above the mean of all ratings; 0 where there is none. pairs (R,) → (R,) float64."""
    rated = interactions.filter(pc.is_valid(interactions["rating"]))
    if len(rated) == 0:
        return np.zeros(len(pairs))
    keys = _codes(rated["userId"], users) * (len(titles) + 1) + _codes(rated["titleId"], titles) + 1
    order = np.argsort(keys)
    ratings = _numbers(rated, "rating", np.float64)
    at = np.minimum(np.searchsorted(keys[order], pairs), len(keys) - 1)
    return np.where(keys[order][at] == pairs, ratings[order][at] - ratings.mean(), 0)


def _weights(stars: np.ndarray) -> np.ndarray:
    return np.clip(1 + WEIGHT_PER_STAR * stars, LEAST_WEIGHT, MOST_WEIGHT)


def _organic(table: pa.Table, users: pa.Array, titles: pa.Array) -> Unchosen:
    found = table.filter(pc.invert(table["recommended"]))
    plays = _plays(found, users, titles)
    return Unchosen(plays.users, plays.titles, plays.times, [np.zeros(0, np.int64)] * len(plays))


def _explored(folder: Path, users: pa.Array, titles: pa.Array) -> Unchosen:
    table = _table(folder, "explored-plays", ["userId", "titleId", "occurredAt", "shown"])
    shown = table["shown"].combine_chunks()
    numbers = _codes(pc.list_flatten(shown), titles) + 1
    lengths = pc.list_value_length(shown).to_numpy()
    return Unchosen(
        users=_codes(table["userId"], users),
        titles=_codes(table["titleId"], titles) + 1,
        times=_numbers(table, "occurredAt", np.int64),
        shown=np.split(numbers, np.cumsum(lengths)[:-1]) if len(lengths) else [],
    )


def _snapshot(folder: Path, users: pa.Array, titles: pa.Array, vocabulary: list[str]) -> Snapshot:
    title_table = _table(folder, "titles-at-split", ["titleId", "genres", *TITLE_FEATURES])
    user_table = _table(folder, "users-at-split", ["userId", *USER_FEATURES, "genreShare", "country"])
    title, user = _codes(title_table["titleId"], titles) + 1, _codes(user_table["userId"], users)
    known = np.zeros(len(titles) + 1, bool)
    known[title] = True
    known[0] = False
    genres = np.zeros((len(titles) + 1, len(vocabulary)), np.float32)
    genres[title] = _multi_hot(title_table["genres"], vocabulary)[1:]
    genres[0] = 0
    return Snapshot(
        title_known=known,
        titles=_placed(title_table, TITLE_FEATURES, title, len(titles) + 1),
        users=_placed(user_table, USER_FEATURES, user, len(users)),
        genre_share=_shares(user_table["genreShare"].combine_chunks(), user, len(users), vocabulary),
        country=_countries(user_table["country"], user, len(users)),
        genres=genres,
    )


def _placed(table: pa.Table, names: tuple[str, ...], at: np.ndarray, size: int) -> np.ndarray:
    """Columns `names` as a matrix with row i of the table at row at[i]; -1 is left out."""
    matrix = np.zeros((size, len(names)), np.float32)
    values = np.stack([_numbers(table, name, np.float32) for name in names], axis=1)
    matrix[at[at >= 0]] = values[at >= 0]
    return matrix


def _shares(maps: pa.MapArray, user: np.ndarray, size: int, vocabulary: list[str]) -> np.ndarray:
    matrix = np.zeros((size, len(vocabulary)), np.float32)
    parents = np.repeat(np.arange(len(maps)), np.diff(maps.offsets.to_numpy()))
    genre = _codes(maps.keys, pa.array(vocabulary, pa.string()))
    good = (genre >= 0) & (user[parents] >= 0)
    matrix[user[parents][good], genre[good]] = pc.fill_null(maps.items, 0).to_numpy()[good]
    return matrix


def _countries(column: pa.ChunkedArray, user: np.ndarray, size: int) -> np.ndarray:
    named = pc.fill_null(column.cast(pa.string()), "").to_numpy(zero_copy_only=False)
    countries = np.full(size, "", object)
    countries[user[user >= 0]] = named[user >= 0]
    return countries.astype(str)


def _hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in FILES:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()
