"""Plays in the forms in which researchers publish them. A form is recognised, or rejected by name; none is guessed.

Tabs: `user<TAB>item[<TAB>rating[<TAB>time]]`, one play per line; with a header, the columns are found by their names.
Lists: `user item item …` separated by spaces, one line per user, without times.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from .item_lists import lists
from .tab_separated import tabbed
from .text_file import Text, text_of, unreadable

MARKUP = ("<?xml", "<!doctype", "<html")
SEPARATORS = {
    "::": "fields are separated by ::, as in ratings.dat of MovieLens",
    ",": "fields are separated by commas (CSV)",
    ";": "fields are separated by semicolons",
    "|": "fields are separated by |",
}
# Characters of a line in an error message, at most.
SHOWN = 40
TO_TABS = "Convert it to lines of user, item, rating and time separated by tabs"


@dataclass(frozen=True)
class Pairs:
    """The plays of a file, in its order."""

    form: str
    users: pa.ChunkedArray  # (N,) str
    items: pa.ChunkedArray  # (N,) str
    times: np.ndarray | None  # (N,) int64, dense ranks from 0


def read_pairs(path: Path) -> Pairs:
    """Returns at least one play. Raises TrainerError that names the file, and the line or the other form."""
    text = text_of(path)
    first, _ = text.first()
    require_no_markup(text)
    if "\t" not in first:
        _require_no_separator(text, first)
    form, users, items, times = tabbed(text) if "\t" in first else lists(text)
    return Pairs(form, users, items, times)


def require_no_markup(text: Text) -> None:
    """Raises TrainerError for JSON, XML, HTML, and a comment in the first line."""
    first, _ = text.first()
    if _is_json(text, first):
        raise unreadable(text.path, "it is JSON", TO_TABS)
    if first.lower().lstrip().startswith(MARKUP):
        raise unreadable(text.path, "it is XML or HTML", TO_TABS)
    if first.startswith(("# ", "%")):
        raise unreadable(text.path, f"its first line is a comment: {first[:SHOWN]}", "Remove the comment lines")


def _require_no_separator(text: Text, first: str) -> None:
    """Raises TrainerError where fields are separated by neither tabs nor spaces."""
    for separator, name in SEPARATORS.items():
        before = first.split(separator)[0].strip()
        # The separator comes before any space: in a list, only the user's own name could have it.
        if separator in first and " " not in before:
            raise unreadable(text.path, f"its {name}: {first[:SHOWN]}", TO_TABS)


def _is_json(text: Text, first: str) -> bool:
    if first.lstrip()[0] not in "{[":
        return False
    for candidate in (first, text.content):
        try:
            json.loads(candidate)
            return True
        except ValueError:
            continue
    return first.strip() in ("{", "[")
