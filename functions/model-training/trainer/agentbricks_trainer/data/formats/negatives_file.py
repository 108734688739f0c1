"""Reads files of negatives: the items that each held-out item is ranked against."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from agentbricks_trainer.data.array_types import Bools, Ints

from .detect_format_and_read_interactions import Interactions, require_no_markup
from .read_utf8_text import read_text, unreadable

FORMS = (
    "Give lines of (user,item), then the items to rank it against, separated by tabs: "
    "one line for each play of --test, in its order"
)
# Minimum number of fields per line: a pair and at least one item.
LEAST_FIELDS = 2


@dataclass(frozen=True)
class ValidNegatives:
    """Negatives without invalid entries, and how many entries were removed."""

    negatives: Ints  # (N, K), distinct within a row; 0 where an entry was removed
    repeated: int  # items that occurred before in their line
    taken: int  # items that the line's user has played, or that are held out for the same user


def read_negatives(path: Path, held_out: Interactions) -> pa.Array:
    """Reads a file with one line per play of the test file: the pair, then K items.

    Args:
        path: File of negatives.
        held_out: The N plays of the test file.

    Returns:
        The items of all lines, (N * K,) str.

    Raises:
        TrainerError: If a line is invalid or has another pair than the test file. The message has the line number.
    """
    text = read_text(path)
    require_no_markup(text)
    lines = list(text.lines())
    numbers = [number for number, _ in lines]
    fields = pc.split_pattern(pa.array([line.rstrip("\t ") for _, line in lines], pa.string()), "\t")
    _require_pairs(path, numbers, fields, held_out)
    lengths = pc.list_value_length(fields).to_numpy()
    if (odd := np.flatnonzero(lengths != lengths[0])).size:
        why = f"line {numbers[odd[0]]} has {lengths[odd[0]] - 1} items after the pair"
        raise unreadable(path, f"{why}, and line {numbers[0]} has {lengths[0] - 1}", FORMS)
    if lengths[0] < LEAST_FIELDS:
        raise unreadable(path, f"line {numbers[0]} has no items after the pair", FORMS)
    names = pc.utf8_trim(fields.flatten(), " ")
    if (row := pc.index(names, "").as_py()) >= 0:
        raise unreadable(path, f"line {numbers[row // lengths[0]]} has an item without a name", FORMS)
    return names.filter(pa.array(np.arange(len(names)) % lengths[0] > 0))


def _require_pairs(path: Path, numbers: list[int], fields: pa.ListArray, held_out: Interactions) -> None:
    """Raises TrainerError if the pair of a line differs from the pair on the same line of the test file."""
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


def remove_invalid(positives: Ints, negatives: Ints, taken: Bools) -> ValidNegatives:
    """Removes invalid negatives, so that an item never competes with itself.

    Args:
        positives: Held-out items, (N,).
        negatives: Items to rank each against, (N, K), from 1.
        taken: Whether the line's user has played that item, or it is held out for the same user, (N, K).
    """
    order = np.argsort(negatives, axis=1, kind="stable")
    in_order = np.take_along_axis(negatives, order, axis=1)
    again = np.zeros(negatives.shape, bool)
    np.put_along_axis(again, order[:, 1:], in_order[:, 1:] == in_order[:, :-1], axis=1)
    own = taken | (negatives == positives[:, None])
    return ValidNegatives(np.where(own | again, 0, negatives), int((again & ~own).sum()), int(own.sum()))


def require_competitors(path: Path, negatives: Ints, lines: Ints) -> None:
    """Checks that each item has at least one other to be ranked against.

    Args:
        path: File of negatives.
        negatives: Valid negatives, (N, K), 0 where an entry was removed.
        lines: Index of each row's pair in the file, (N,), from 0.

    Raises:
        TrainerError: If a row has no negatives.
    """
    if (alone := np.flatnonzero(~negatives.any(1))).size:
        pair = f"pair {lines[alone[0]] + 1}"
        why = f"{pair} has only negatives that its user has played, so its item would always rank first"
        raise unreadable(path, why, FORMS)
