"""Builds small plays and runs in memory."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from agentbricks_trainer.data.plays_as_columns import Plays
from agentbricks_trainer.data.run_data_classes import Rows, Run, Snapshot, TrainingData, UnchosenPlays

MOMENTS = 5
NO_INTS = np.zeros(0, np.int64)
NO_ROWS = Rows(NO_INTS, NO_INTS, NO_INTS, *(np.zeros(0, np.float32),) * 2, np.zeros((0, 8), np.float32))
NO_UNCHOSEN = UnchosenPlays(NO_INTS, NO_INTS, NO_INTS, [])


def plays_of(*rows: tuple[int, int, int]) -> Plays:
    """Returns plays by (user, title, time), in the order of Plays."""
    ordered = sorted(rows, key=lambda row: (row[0], row[2], row[1]))
    users, titles, times = (np.array([row[at] for row in ordered], np.int64) for at in range(3))
    return Plays(users, titles, times)


def random_plays(random: np.random.Generator) -> tuple[Plays, int]:
    """Returns a few plays of a few titles with many ties in time, and the number of titles."""
    users, titles = random.integers(1, 5), random.integers(1, 7)
    pairs = [(u, t) for u in range(users) for t in range(1, titles + 1) if random.random() < 0.6] or [(0, 1)]
    return plays_of(*((u, t, int(random.integers(0, MOMENTS))) for u, t in pairs)), int(titles)


def played_by(plays: Plays, user: int, time: int) -> set[int]:
    """Returns the titles that a user had played by a time, inclusive, by a plain loop."""
    columns = zip(plays.users, plays.titles, plays.times, strict=True)
    return {int(title) for u, title, at in columns if u == user and at <= time}


def groups_of_plays(users: int = 24, groups: int = 3, titles: int = 8, length: int = 6) -> tuple[Plays, int]:
    """Returns plays in which each user plays their group's titles in cyclic order, and the number of titles."""
    rows = [
        (user, 1 + ((user // groups + i) % titles) * groups + user % groups, i)
        for user in range(users)
        for i in range(length)
    ]
    return plays_of(*rows), groups * titles


def unchosen(*rows: tuple[int, int, int, list[int]]) -> UnchosenPlays:
    """Returns plays by (user, title, time, titles of the slate)."""
    users, titles, times = (np.array([row[at] for row in rows], np.int64) for at in range(3))
    return UnchosenPlays(users, titles, times, [np.array(row[3], np.int64) for row in rows])


def run_of(plays: Plays, users: int, titles: int, split_at: int, **fields: Any) -> Run:  # noqa: ANN401
    """Returns a run whose catalogue was complete at the split. Titles have only the feature `playsTotal`."""
    before = plays.where(plays.times < split_at)
    of_titles = np.zeros((titles + 1, 4), np.float32)
    of_titles[:, 1] = np.bincount(before.titles, minlength=titles + 1)
    known = np.ones(titles + 1, bool)
    known[0] = False
    genres = np.zeros((titles + 1, 1), np.float32)
    snapshot = Snapshot(
        title_known=known,
        titles=of_titles,
        users=np.zeros((users, 3), np.float32),
        genre_share=np.zeros((users, 1), np.float32),
        country=np.full(users, ""),
        genres=genres,
    )
    run = Run(
        as_of=int(plays.times.max()) + 1,
        split_at=split_at,
        titles=[f"t-{i}" for i in range(titles)],
        genres=genres,
        user_ids=pa.array([f"u-{i}" for i in range(users)]),
        plays=plays,
        rows=NO_ROWS,
        before_split=TrainingData(before, NO_ROWS),
        explored=NO_UNCHOSEN,
        organic=NO_UNCHOSEN,
        recommended=plays.where(np.zeros(len(plays), bool)),
        at_split=snapshot,
        data_hash="",
    )
    return replace(run, **fields)
