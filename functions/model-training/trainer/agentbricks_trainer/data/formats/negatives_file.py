"""Items to rank a held-out item against: read from a file, or sampled from the items that a user has not played."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from agentbricks_trainer.data.run import Plays

from .detect_format import Pairs, require_no_markup
from .text_file import text_of, unreadable

FORMS = (
    "Give lines of (user,item), then the items to rank it against, separated by tabs: "
    "one line for each play of --test, in its order"
)
# Users whose items are sampled at once.
CHUNK_USERS = 512


@dataclass(frozen=True)
class Cleaned:
    negatives: np.ndarray  # (N, K) int64: distinct in a row, 0 where one was removed
    # Entries that were removed: items repeated in their line, and items that the line's user has played or that are held out.
    repeated: int
    taken: int


def read_negatives(path: Path, held_out: Pairs) -> pa.Array:
    """Returns the K items of each of the N lines: (N * K,) str. Raises TrainerError with the line."""
    text = text_of(path)
    require_no_markup(text)
    lines = list(text.lines())
    numbers = [number for number, _ in lines]
    fields = pc.split_pattern(pa.array([line.rstrip("\t ") for _, line in lines], pa.string()), "\t")
    _require_pairs(path, numbers, fields, held_out)
    lengths = pc.list_value_length(fields).to_numpy()
    if (odd := np.flatnonzero(lengths != lengths[0])).size:
        why = f"line {numbers[odd[0]]} has {lengths[odd[0]] - 1} items after the pair"
        raise unreadable(path, f"{why}, and line {numbers[0]} has {lengths[0] - 1}", FORMS)
    if lengths[0] < 2:
        raise unreadable(path, f"line {numbers[0]} has no items after the pair", FORMS)
    names = pc.utf8_trim(fields.flatten(), " ")
    if (row := pc.index(names, "").as_py()) >= 0:
        raise unreadable(path, f"line {numbers[row // lengths[0]]} has an item without a name", FORMS)
    return names.filter(pa.array(np.arange(len(names)) % lengths[0] > 0))


def _require_pairs(path: Path, numbers: list[int], fields: pa.ListArray, held_out: Pairs) -> None:
    """Raises TrainerError where a line's pair is not that of the same line of the test file."""
    pairs = pc.utf8_trim(pc.list_element(fields, 0), " ")
    wanted = pc.binary_join_element_wise("(", _flat(held_out.users), ",", _flat(held_out.items), ")", "")
    unlike = pc.invert(pc.match_substring_regex(pairs, r"^\(.+,.+\)$"))
    if (row := pc.index(unlike, True).as_py()) >= 0:
        raise unreadable(path, f"line {numbers[row]} does not begin with (user,item)", FORMS)
    common = min(len(pairs), len(wanted))
    if (row := pc.index(pc.not_equal(pairs[:common], wanted[:common]), True).as_py()) >= 0:
        raise unreadable(path, f"line {numbers[row]} is for {pairs[row]}, and the test file has {wanted[row]}", FORMS)
    if len(pairs) != len(wanted):
        raise unreadable(path, f"it has {len(pairs)} lines for {len(wanted)} plays of the test file", FORMS)


def _flat(names: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(names.chunks)


def cleaned(positives: np.ndarray, negatives: np.ndarray, taken: np.ndarray) -> Cleaned:
    """Removes invalid negatives, so that an item never competes with itself.

    positives (N,), negatives (N, K) items from 1; taken (N, K) bool: whether the line's user has played that item, or it
    is held out
    """
    order = np.argsort(negatives, axis=1, kind="stable")
    in_order = np.take_along_axis(negatives, order, axis=1)
    again = np.zeros(negatives.shape, bool)
    np.put_along_axis(again, order[:, 1:], in_order[:, 1:] == in_order[:, :-1], axis=1)
    own = taken | (negatives == positives[:, None])
    return Cleaned(np.where(own | again, 0, negatives), int((again & ~own).sum()), int(own.sum()))


def require_competitors(path: Path, negatives: np.ndarray, lines: np.ndarray) -> None:
    """Raises TrainerError where a row of negatives (N, K) is empty. lines (N,): each row's index in the file, from 0."""
    if (alone := np.flatnonzero(~negatives.any(1))).size:
        why = f"pair {lines[alone[0]] + 1} has only negatives that its user has played, so its item would always rank first"
        raise unreadable(path, why, FORMS)


def sampled(taken: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    """Samples columns with False, without replacement. taken (n, C) bool → (n, up to count) int64, -1 where none is left."""
    keys = random.random(taken.shape, np.float32)
    keys[taken] = 2
    columns = np.argpartition(keys, min(count, keys.shape[1]) - 1, axis=1)[:, :count]
    return np.where(np.take_along_axis(taken, columns, axis=1), -1, columns)


def unplayed(plays: Plays, users: np.ndarray, items: int, count: int, random: np.random.Generator) -> np.ndarray:
    """Samples distinct items that each user has never played, 0 where there are fewer.

    users (n,) → (n, up to count) int64
    """
    first, end = np.searchsorted(plays.users, users, "left"), np.searchsorted(plays.users, users, "right")
    drawn = []
    for start in range(0, len(users), CHUNK_USERS):
        rows = slice(start, start + CHUNK_USERS)
        taken = np.zeros((len(users[rows]), items), bool)
        for row, (since, until) in enumerate(zip(first[rows], end[rows])):
            taken[row, plays.titles[since:until] - 1] = True
        drawn.append(sampled(taken, count, random) + 1)
    return np.concatenate(drawn)
