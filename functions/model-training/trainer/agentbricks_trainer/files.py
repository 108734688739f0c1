"""Plays, test items and negatives in the two forms in which researchers publish them.

Tabs: `user<TAB>item[<TAB>rating<TAB>timestamp]`, one play per line; negatives as `(user,item)<TAB>item<TAB>item…`.
Lists: `user item item …`, one user per line, without times.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv

from .data import Plays
from .errors import TrainerError

PAIR = re.compile(r"^\((.+),(.+)\)$")
TIME_COLUMN = 3


@dataclass(frozen=True)
class Split:
    """Users and items by number: users from 0, items from 1, in the order of their names."""

    train: Plays
    # (N,) each: what was held out. Several items of one user are all relevant.
    test_users: np.ndarray
    test_items: np.ndarray
    # (N, K): items that the user of that line never took; None: all that are not in train.
    negatives: np.ndarray | None
    users: int
    items: int


def read_split(train: Path, test: Path, negatives: Path | None, seed: int) -> Split:
    """Raises TrainerError that names the file and the line."""
    known, held_out = _pairs(train), _pairs(test)
    listed = _negatives(negatives, held_out) if negatives else None
    users, user_codes = _numbered([known.users, held_out.users])
    items, item_codes = _numbered([known.items, held_out.items, *([listed.reshape(-1)] if listed is not None else [])])
    plays = _plays(user_codes[0], item_codes[0] + 1, known.times, np.random.default_rng(seed))
    return Split(
        train=plays,
        test_users=user_codes[1],
        test_items=item_codes[1] + 1,
        negatives=None if listed is None else item_codes[2].reshape(listed.shape) + 1,
        users=users,
        items=items,
    )


def read_plays(train: Path, seed: int) -> tuple[Plays, int]:
    """The plays alone, and how many items they name. Raises TrainerError that names the file and the line."""
    known = _pairs(train)
    (_, users), (items, titles) = _numbered([known.users]), _numbered([known.items])
    return _plays(users[0], titles[0] + 1, known.times, np.random.default_rng(seed)), items


def read_settings(path: Path) -> dict[str, float]:
    """Those of the two-tower by name, as a search writes them; which there are, and of what kind, the model knows."""
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _no_settings(path, str(error)) from error
    if not isinstance(given, dict) or not all(type(value) in (int, float) for value in given.values()):
        raise _no_settings(path, "it is no JSON object of numbers")
    return given


def _no_settings(path: Path, why: str) -> TrainerError:
    return TrainerError(f"{path} holds no settings", why, "Give the best.json of a search's folder")


@dataclass(frozen=True)
class _Pairs:
    users: np.ndarray  # (N,) str
    items: np.ndarray  # (N,) str
    times: np.ndarray | None  # (N,) float64


def _pairs(path: Path) -> _Pairs:
    first = _first_line(path)
    return _tabbed(path, first.count("\t") + 1) if "\t" in first else _lists(path)


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            line = file.readline()
    except OSError as error:
        raise _unreadable(path, str(error)) from error
    except UnicodeDecodeError as error:
        raise _unreadable(path, "it is not UTF-8 text") from error
    if not line.strip():
        raise _unreadable(path, "it has no first line")
    return line.rstrip("\n")


def _tabbed(path: Path, columns: int) -> _Pairs:
    names = [f"c{i}" for i in range(columns)]
    types = {name: pa.string() for name in names[:2]} | {name: pa.float64() for name in names[2:]}
    try:
        table = csv.read_csv(
            path,
            read_options=csv.ReadOptions(column_names=names),
            parse_options=csv.ParseOptions(delimiter="\t", quote_char=False),
            convert_options=csv.ConvertOptions(column_types=types, strings_can_be_null=False),
        )
    except pa.ArrowInvalid as error:
        raise _unreadable(path, str(error)) from error
    users, items = (table[name].to_numpy() for name in names[:2])
    times = table[names[TIME_COLUMN]].to_numpy() if columns > TIME_COLUMN else None
    empty = np.flatnonzero(pc.equal(table["c0"], "").to_numpy() | pc.equal(table["c1"], "").to_numpy())
    if len(empty):
        raise _unreadable(path, f"line {empty[0] + 1} lacks a user or an item")
    if times is not None and not np.isfinite(times).all():
        raise _unreadable(path, f"line {np.flatnonzero(~np.isfinite(times))[0] + 1} has no time")
    return _Pairs(users, items, times)


def _lists(path: Path) -> _Pairs:
    users, items = [], []
    for line in path.read_text(encoding="utf-8").splitlines():
        user, *taken = line.split()  or [""]
        users += [user] * len(taken)
        items += taken
    return _Pairs(np.array(users, object), np.array(items, object), None)


def _negatives(path: Path, held_out: _Pairs) -> np.ndarray:
    """One line per line of the test file, in its order. (N, K) str."""
    lines = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        pair, *items = line.split("\t")
        named = PAIR.match(pair)
        if not named or number >= len(held_out.users):
            raise _unreadable(path, f"line {number + 1} does not begin with (user,item)")
        if named.groups() != (held_out.users[number], held_out.items[number]):
            wanted = f"({held_out.users[number]},{held_out.items[number]})"
            raise _unreadable(path, f"line {number + 1} is about {pair}, and the test file's about {wanted}")
        lines.append(items)
    lengths = {len(items) for items in lines}
    if len(lines) != len(held_out.users) or len(lengths) != 1:
        raise _unreadable(path, f"it has {len(lines)} lines for {len(held_out.users)}, of {sorted(lengths)} items")
    return np.array(lines, object)


def _numbered(columns: list[np.ndarray]) -> tuple[int, list[np.ndarray]]:
    """Names → numbers from 0, in the order of the names. Returns how many, and each column's numbers."""
    encoded = pa.chunked_array([pa.array(column, pa.string()) for column in columns])
    names = pc.unique(encoded).sort()
    codes = [pc.index_in(pa.array(column, pa.string()), value_set=names).to_numpy() for column in columns]
    return len(names), [code.astype(np.int64) for code in codes]


def _plays(users: np.ndarray, items: np.ndarray, times: np.ndarray | None, random: np.random.Generator) -> Plays:
    """The first play of each pair. Without times the order says nothing: it is drawn, not read from the file."""
    when = random.permutation(len(users)) if times is None else times.astype(np.int64)
    order = np.lexsort((items, when, users))
    plays = Plays(users[order], items[order], when[order])
    _, first = np.unique(plays.users * (int(items.max(initial=0)) + 1) + plays.titles, return_index=True)
    kept = np.zeros(len(plays), bool)
    kept[first] = True
    if len(plays) == 0:
        raise TrainerError("there are no plays to learn from", "the training file names none", "Give another --train")
    return plays.where(kept)


def _unreadable(path: Path, why: str) -> TrainerError:
    return TrainerError(
        f"{path} cannot be read",
        why,
        "Lines are user, item, rating and time by tabs, or user item item … by spaces; negatives are (user,item), then items, by tabs",
    )
