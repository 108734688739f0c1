"""Writes a small run with the feature job's files: `write_small_run_folder.py FOLDER USERS TITLES PLAYS [nan]`.

PLAYS is the number of plays per user. `nan` sets one feature value to NaN.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

HOUR = 3_600_000
FEATURES = (
    *("user_plays7d", "user_playsTotal", "user_meanRating"),
    *("title_plays7d", "title_playsTotal", "title_meanRating", "title_ageDays", "pair_genreAffinity"),
)


def make_run(folder: Path, users: int, titles: int, plays: int, spoiled: bool = False) -> Path:
    """Writes the files of a run, and returns its folder. A spoiled run has one feature value that is NaN."""
    random = np.random.default_rng(1)
    split_at = HOUR * (plays // 2 + 1)
    folder.mkdir(parents=True)
    user_ids, title_ids = [f"u-{i}" for i in range(users)], [f"t-{i}" for i in range(titles)]
    genres = [[f"genre-{i % 3}"] for i in range(titles)]

    def write(name: str, columns: Any) -> None:  # noqa: ANN401
        pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), folder / f"{name}.parquet")

    def names(numbers: Any, ids: list[str]) -> pa.Array:  # noqa: ANN401
        return pa.array([ids[number] for number in numbers], pa.string())

    def uniform(size: int) -> Any:  # noqa: ANN401
        return random.random(size).astype(np.float32)

    # Each user prefers about half of the titles, and plays one of these per hour.
    preferred = [[t for t in range(titles) if t % 3 == u % 3 or t % 5 == 0] for u in range(users)]
    mine = [random.permutation(of_user)[:plays] for of_user in preferred]
    who = np.repeat(np.arange(users), [len(of) for of in mine])
    what = np.concatenate(mine) if users else np.array([], np.int64)
    when = HOUR * np.concatenate([1 + np.arange(len(of)) for of in mine])
    stars = random.integers(1, 11, len(who)) / 2
    interactions = pa.table(
        {
            "userId": names(who, user_ids),
            "titleId": names(what, title_ids),
            "occurredAt": when,
            "rating": pa.array(stars, mask=random.random(len(who)) < 0.5),
            "recommended": np.arange(len(who)) % 2 == 0,
        }
    )
    features = {name: uniform(2 * len(who)) for name in FEATURES}
    if spoiled:
        features["title_playsTotal"][0] = np.nan
    passed = random.integers(0, titles, len(who))
    training_set = pa.table(
        {
            "userId": names(np.concatenate([who, who]), user_ids),
            "titleId": names(np.concatenate([what, passed]), title_ids),
            "occurredAt": np.concatenate([when, when]),
            "label": np.repeat([1, 0], len(who)).astype(np.int32),
            **features,
        }
    )
    for name, table in (("interactions", interactions), ("training-set", training_set)):
        write(name, table)
        write(f"{name}-at-split", table.filter(pc.less(table["occurredAt"], split_at)))
    write("titles", {"titleId": title_ids, "genres": genres})
    at_split = {name: uniform(titles) for name in ("plays7d", "playsTotal", "meanRating", "ageDays")}
    write("titles-at-split", {"titleId": title_ids, "genres": genres, **at_split})
    share = pa.array([[("genre-0", 1.0)]] * users, pa.map_(pa.string(), pa.float64()))
    of_users: dict[str, Any] = {"userId": user_ids}
    of_users |= {name: uniform(users) for name in ("plays7d", "playsTotal", "meanRating")}
    of_users["genreShare"] = share
    of_users["country"] = pa.array([[None, "SE", "IN", "IN"][u % 4] for u in range(users)], pa.string())
    write("users", of_users)
    write("users-at-split", of_users)
    explored = {
        "userId": pa.array([], pa.string()),
        "titleId": pa.array([], pa.string()),
        "occurredAt": pa.array([], pa.int64()),
        "shown": pa.array([], pa.list_(pa.string())),
    }
    write("explored-plays", explored)
    (folder / "meta.json").write_text(json.dumps({"asOf": HOUR * (plays + 2), "splitAt": split_at}))
    return folder


if __name__ == "__main__":
    sizes = [int(argument) for argument in sys.argv[2:5]]
    make_run(Path(sys.argv[1]), sizes[0], sizes[1], sizes[2], spoiled=sys.argv[5:] == ["nan"])
