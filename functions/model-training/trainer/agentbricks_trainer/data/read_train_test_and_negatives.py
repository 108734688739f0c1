"""Reads a training file, a test file and a file of negatives, and numbers their users and items."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.progress import Report, to_stderr

from .array_types import Bools, Ints
from .formats.detect_format_and_read_interactions import read_interactions
from .formats.negatives_file import read_negatives, remove_invalid, require_competitors
from .plays_as_columns import Plays
from .require_option_in_range import MAX_SEED, require_between


@dataclass(frozen=True)
class Doubts:
    """Counts of suspicious entries in the test file and in the file of negatives."""

    # Pairs of the test file that are also in the training file. They are skipped.
    test_pairs_in_train: int = 0
    # Pairs of the test file whose user and item are both absent from the training file.
    test_pairs_unknown: int = 0
    # Negatives that were removed because their line has the same item before.
    repeated_negatives: int = 0
    # Negatives that the line's user played in the training file, or that are held out for this user. They are removed.
    taken_negatives: int = 0


@dataclass(frozen=True)
class Split:
    """Plays to learn from and plays to predict.

    Users are numbered from 0 and items from 1, in the order of their names.
    """

    train: Plays
    test_users: Ints  # (N,), the user of each held-out play
    test_items: Ints  # (N,), the item of each held-out play. All held-out items of a user are relevant.
    # (N, K), distinct items that the user of the held-out play never played; 0 is padding. None: the held-out item is
    # ranked among all items that the user has not played in the training file.
    negatives: Ints | None
    users: int
    items: int
    doubts: Doubts = Doubts()


def read_split(train: Path, test: Path, negatives: Path | None, seed: int, report: Report = to_stderr) -> Split:
    """Reads the files of a comparison. The stage "loaded" reports the formats of the training and the test file.

    Args:
        train: File of plays to learn from.
        test: File of plays to predict.
        negatives: File of items to rank each test item against. None: rank all items.
        seed: Random seed. A user's plays with equal times are in random order.
        report: Receives the stage "loaded".

    Raises:
        TrainerError: If a file is invalid. The message has the file and the line number.
    """
    require_between("--seed", seed, 0, MAX_SEED)
    known, held_out = read_interactions(train), read_interactions(test)
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
    """Reads a file of plays.

    Args:
        train: File of plays.
        seed: Random seed. A user's plays with equal times are in random order.
        report: Receives the stage "loaded".

    Returns:
        The plays, and the number of items.

    Raises:
        TrainerError: If the file is invalid. The message has the file and the line number.
    """
    require_between("--seed", seed, 0, MAX_SEED)
    known = read_interactions(train)
    (_, users), (items, titles) = _numbered([known.users]), _numbered([known.items])
    plays = _plays(users[0], titles[0] + 1, known.times, np.random.default_rng(seed))
    report("loaded", plays=len(plays), items=items, train=known.form)
    return plays, items


def _numbered(columns: list[pa.Array | pa.ChunkedArray]) -> tuple[int, list[Ints]]:
    """Numbers names from 0, in the order of the names. Returns the number of names, and each column as numbers."""
    distinct = pa.chunked_array([pc.unique(column) for column in columns])
    names = pc.unique(distinct).sort()
    return len(names), [pc.index_in(column, value_set=names).to_numpy().astype(np.int64) for column in columns]


def _plays(users: Ints, items: Ints, times: Ints | None, random: np.random.Generator) -> Plays:
    """Returns the first play of each pair.

    A user's plays with equal times are in random order. Without times, all plays of a user are in random order.
    """
    tie = random.permutation(len(users))
    when = tie if times is None else times
    order = np.lexsort((tie, when, users))
    plays = Plays(users[order], items[order], when[order])
    _, first = np.unique(_keys(plays.users, plays.titles, int(items.max())), return_index=True)
    kept = np.zeros(len(plays), bool)
    kept[first] = True
    return plays.where(kept)


def _keys(users: Ints, items: Ints, most: int) -> Ints:
    """Returns one number per pair of user and item. most is the largest item number."""
    return users.reshape(-1, *[1] * (items.ndim - 1)) * (most + 1) + items


def _among(known: Ints, values: Ints) -> Bools:
    """Returns whether each value is in `known`, which is sorted and not empty."""
    found: Bools = known[np.minimum(np.searchsorted(known, values), len(known) - 1)] == values
    return found


def _without_taken(split: Split, train: Path, test: Path, negatives: Path | None) -> Split:
    """Removes invalid negatives, and test pairs that are in the training file: played items are never ranked."""
    known = np.sort(_keys(split.train.users, split.train.titles, split.items))
    seen = _among(known, _keys(split.test_users, split.test_items, split.items))
    if seen.all():
        raise TrainerError(
            f"all {len(seen)} pairs of {test} are in {train} too",
            "items that a user has played are not recommended again, so nothing is left to rank",
            "Give a --test with plays that the --train file does not have",
        )
    users, items = split.test_users[~seen], split.test_items[~seen]
    unknown = ~_among(np.unique(split.train.users), users) & ~_among(np.unique(split.train.titles), items)
    doubts = Doubts(int(seen.sum()), int(unknown.sum()))
    if split.negatives is None or negatives is None:
        return replace(split, test_users=users, test_items=items, doubts=doubts)
    listed = split.negatives[~seen]
    taken = np.sort(np.concatenate([known, _keys(users, items, split.items)]))
    valid = remove_invalid(items, listed, _among(taken, _keys(users, listed, split.items)))
    require_competitors(negatives, valid.negatives, np.flatnonzero(~seen))
    doubts = replace(doubts, repeated_negatives=valid.repeated, taken_negatives=valid.taken)
    return replace(split, test_users=users, test_items=items, negatives=valid.negatives, doubts=doubts)
