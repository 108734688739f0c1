"""A training file, a test file and negatives as numbers. `formats` reads them."""

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.progress import Report, to_stderr

from .formats.detect_format import read_pairs
from .formats.negatives_file import cleaned, read_negatives, require_competitors
from .option_ranges import MAX_SEED, require_between
from .run import Plays


@dataclass(frozen=True)
class Doubts:
    """Counts of entries that show an error in the test file or the negatives."""

    # Pairs of the test file that are in the training file too. They are left out.
    test_pairs_in_train: int = 0
    # Pairs of the test file whose user and item are both absent from the training file.
    test_pairs_unknown: int = 0
    # Negatives that are repeated in their line. Each counts once.
    repeated_negatives: int = 0
    # Negatives that their user played in the training file, or that are held out for the same user. They are left out.
    taken_negatives: int = 0


@dataclass(frozen=True)
class Split:
    """Users and items by number: users from 0, items from 1, in the order of their names."""

    train: Plays
    # (N,) each: held-out plays. Several items of one user are all relevant.
    test_users: np.ndarray
    test_items: np.ndarray
    # (N, K): distinct items that the line's user never played, 0 where there are fewer. None: all items that are not in train.
    negatives: np.ndarray | None
    users: int
    items: int
    doubts: Doubts = Doubts()


def read_split(train: Path, test: Path, negatives: Path | None, seed: int, report: Report = to_stderr) -> Split:
    """Reports the form of each file as "loaded". Raises TrainerError that names the file and the line."""
    require_between("--seed", seed, 0, MAX_SEED)
    known, held_out = read_pairs(train), read_pairs(test)
    listed = read_negatives(negatives, held_out) if negatives else None
    users, user_codes = _numbered([known.users, held_out.users])
    items, item_codes = _numbered([known.items, held_out.items, *([] if listed is None else [listed])])
    test_users, test_items = user_codes[1], item_codes[1] + 1
    slates = None if listed is None else (item_codes[2] + 1).reshape(len(test_users), -1)
    plays = _plays(user_codes[0], item_codes[0] + 1, known.times, np.random.default_rng(seed))
    report("loaded", plays=len(plays), users=users, items=items, train=known.form, test=held_out.form)
    split = Split(plays, test_users, test_items, slates, users, items)
    return _without_taken(split, train, test, negatives)


def read_plays(train: Path, seed: int, report: Report = to_stderr) -> tuple[Plays, int]:
    """Returns the plays, and how many items they name. Raises TrainerError that names the file and the line."""
    require_between("--seed", seed, 0, MAX_SEED)
    known = read_pairs(train)
    (_, users), (items, titles) = _numbered([known.users]), _numbered([known.items])
    plays = _plays(users[0], titles[0] + 1, known.times, np.random.default_rng(seed))
    report("loaded", plays=len(plays), items=items, train=known.form)
    return plays, items


def read_settings(path: Path) -> dict[str, float]:
    """Returns settings of the two-tower by name, as a search writes them. The model checks which names and types exist."""
    try:
        given = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise _no_settings(path, str(error)) from error
    if not isinstance(given, dict) or not all(type(value) in (int, float) for value in given.values()):
        raise _no_settings(path, "it is not a JSON object of numbers")
    wrong = [name for name, value in given.items() if not math.isfinite(value) or value < 0]
    if wrong:
        raise _no_settings(path, f"{wrong[0]} is {given[wrong[0]]}, and settings are numbers from 0")
    return given


def _no_settings(path: Path, why: str) -> TrainerError:
    return TrainerError(f"{path} has no valid settings", why, "Give the best.json of a search's folder")


def _numbered(columns: list[pa.Array | pa.ChunkedArray]) -> tuple[int, list[np.ndarray]]:
    """Numbers names from 0, in the order of the names. Returns how many there are, and each column's numbers."""
    distinct = pa.chunked_array([pc.unique(column) for column in columns])
    names = pc.unique(distinct).sort()
    return len(names), [pc.index_in(column, value_set=names).to_numpy().astype(np.int64) for column in columns]


def _plays(users: np.ndarray, items: np.ndarray, times: np.ndarray | None, random: np.random.Generator) -> Plays:
    """Returns the first play of each pair. Plays of a user at one time are in random order; without times, all are.

    users, items, times (N,) int64
    """
    tie = random.permutation(len(users))
    when = tie if times is None else times
    order = np.lexsort((tie, when, users))
    plays = Plays(users[order], items[order], when[order])
    _, first = np.unique(_keys(plays.users, plays.titles, int(items.max())), return_index=True)
    kept = np.zeros(len(plays), bool)
    kept[first] = True
    return plays.where(kept)


def _keys(users: np.ndarray, items: np.ndarray, most: int) -> np.ndarray:
    """One number per (user, item). most: the greatest item"""
    return users.reshape(-1, *[1] * (items.ndim - 1)) * (most + 1) + items


def _among(known: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Whether each value is one of the known ones, which are sorted, and at least one."""
    return known[np.minimum(np.searchsorted(known, values), len(known) - 1)] == values


def _without_taken(split: Split, train: Path, test: Path, negatives: Path | None) -> Split:
    """Leaves out test pairs that are in train, which are never ranked, and invalid negatives."""
    known = np.sort(_keys(split.train.users, split.train.titles, split.items))
    seen = _among(known, _keys(split.test_users, split.test_items, split.items))
    if seen.all():
        raise TrainerError(
            f"all {len(seen)} pairs of {test} are in {train} too",
            "a user's known items are not recommended again, so that nothing is left to rank",
            "Give a --test with plays that the --train file does not have",
        )
    users, items = split.test_users[~seen], split.test_items[~seen]
    unknown = ~_among(np.unique(split.train.users), users) & ~_among(np.unique(split.train.titles), items)
    doubts = Doubts(int(seen.sum()), int(unknown.sum()))
    if split.negatives is None:
        return replace(split, test_users=users, test_items=items, doubts=doubts)
    listed = split.negatives[~seen]
    taken = np.sort(np.concatenate([known, _keys(users, items, split.items)]))
    clean = cleaned(items, listed, _among(taken, _keys(users, listed, split.items)))
    require_competitors(negatives, clean.negatives, np.flatnonzero(~seen))
    doubts = replace(doubts, repeated_negatives=clean.repeated, taken_negatives=clean.taken)
    return replace(split, test_users=users, test_items=items, negatives=clean.negatives, doubts=doubts)
