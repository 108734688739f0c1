"""A small run's folder, as the feature job leaves it: `make_run.py FOLDER USERS TITLES PLAYS [nan]`; PLAYS per user."""

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

HOUR = 3_600_000
folder, users, titles, plays = Path(sys.argv[1]), *map(int, sys.argv[2:5])
spoiled = sys.argv[5:] == ["nan"]
random = np.random.default_rng(1)
split_at = HOUR * (plays // 2 + 1)
folder.mkdir(parents=True)
user_ids, title_ids = [f"u-{i}" for i in range(users)], [f"t-{i}" for i in range(titles)]
genres = [[f"genre-{i % 3}"] for i in range(titles)]


def write(name: str, columns: dict | pa.Table) -> None:
    pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), folder / f"{name}.parquet")


def names(numbers: np.ndarray, ids: list[str]) -> pa.Array:
    return pa.array([ids[number] for number in numbers], pa.string())


def drawn(size: int) -> np.ndarray:
    return random.random(size).astype(np.float32)


# Everybody prefers a third of the titles, and sees one an hour.
mine = [random.permutation([t for t in range(titles) if t % 3 == u % 3 or t % 5 == 0])[:plays] for u in range(users)]
who = np.repeat(np.arange(users), [len(of) for of in mine])
what = np.concatenate(mine) if users else np.array([], np.int64)
when = HOUR * np.concatenate([1 + np.arange(len(of)) for of in mine])
stars = random.integers(1, 11, len(who)) / 2
interactions = pa.table({
    "userId": names(who, user_ids),
    "titleId": names(what, title_ids),
    "occurredAt": when,
    "rating": pa.array(stars, mask=random.random(len(who)) < 0.5),
    "recommended": np.arange(len(who)) % 2 == 0,
})
features = {name: drawn(2 * len(who)) for name in (
    "user_plays7d", "user_playsTotal", "user_meanRating",
    "title_plays7d", "title_playsTotal", "title_meanRating", "title_ageDays", "pair_genreAffinity",
)}
if spoiled:
    features["title_playsTotal"][0] = np.nan
passed = random.integers(0, titles, len(who))
training_set = pa.table({
    "userId": names(np.concatenate([who, who]), user_ids),
    "titleId": names(np.concatenate([what, passed]), title_ids),
    "occurredAt": np.concatenate([when, when]),
    "label": np.repeat([1, 0], len(who)).astype(np.int32),
    **features,
})
for name, table in (("interactions", interactions), ("training-set", training_set)):
    write(name, table)
    write(f"{name}-at-split", table.filter(pc.less(table["occurredAt"], split_at)))
write("titles", {"titleId": title_ids, "genres": genres})
at_split = {name: drawn(titles) for name in ("plays7d", "playsTotal", "meanRating", "ageDays")}
write("titles-at-split", {"titleId": title_ids, "genres": genres, **at_split})
share = pa.array([[("genre-0", 1.0)]] * users, pa.map_(pa.string(), pa.float64()))
of_users = {"userId": user_ids, **{name: drawn(users) for name in ("plays7d", "playsTotal", "meanRating")}, "genreShare": share}
of_users["country"] = pa.array([[None, "SE", "IN", "IN"][u % 4] for u in range(users)], pa.string())
write("users", of_users)
write("users-at-split", of_users)
write("explored-plays", {
    "userId": pa.array([], pa.string()),
    "titleId": pa.array([], pa.string()),
    "occurredAt": pa.array([], pa.int64()),
    "shown": pa.array([], pa.list_(pa.string())),
})
(folder / "meta.json").write_text(json.dumps({"asOf": HOUR * (plays + 2), "splitAt": split_at}))
