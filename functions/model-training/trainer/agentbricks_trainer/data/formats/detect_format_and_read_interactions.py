"""Reads interaction files in the formats in which researchers publish them.

The reader detects the format of a file. It rejects other formats with an error that names them.

Tabs: `user<TAB>item[<TAB>rating[<TAB>time]]`, one play per line. If there is a header, columns are found by their
names.
Lists: `user item item …` separated by spaces, one line per user, without times.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from agentbricks_trainer.data.array_types import Ints

from .parse_item_lists import parse_lists
from .parse_play_table import parse_table
from .read_utf8_text import TextFile, read_text, unreadable

MARKUP = ("<?xml", "<!doctype", "<html")
SEPARATORS = {
    "::": "fields are separated by ::, as in ratings.dat of MovieLens",
    ",": "fields are separated by commas (CSV)",
    ";": "fields are separated by semicolons",
    "|": "fields are separated by |",
}
# Maximum number of characters of a line that an error message shows.
SHOWN = 40
TO_TABS = "Convert it to lines of user, item, rating and time separated by tabs"


@dataclass(frozen=True)
class Interactions:
    """The plays of a file, in the order of the file."""

    form: str  # the format in words
    users: pa.ChunkedArray  # (N,) str
    items: pa.ChunkedArray  # (N,) str
    times: Ints | None  # (N,), dense ranks from 0; None where the file has no times


def read_interactions(path: Path) -> Interactions:
    """Reads a file with at least one play.

    Raises:
        TrainerError: If the file has another format or an invalid line. The error names the file and the line.
    """
    text = read_text(path)
    first, _ = text.first()
    require_no_markup(text)
    if "\t" not in first:
        _require_no_separator(text, first)
    form, users, items, times = parse_table(text) if "\t" in first else parse_lists(text)
    return Interactions(form, users, items, times)


def require_no_markup(text: TextFile) -> None:
    """Checks that a file is not JSON, XML or HTML, and does not begin with a comment.

    Raises:
        TrainerError: If the file is JSON, XML or HTML, or begins with a comment.
    """
    first, _ = text.first()
    if _is_json(text, first):
        raise unreadable(text.path, "it is JSON", TO_TABS)
    if first.lower().lstrip().startswith(MARKUP):
        raise unreadable(text.path, "it is XML or HTML", TO_TABS)
    if first.startswith(("# ", "%")):
        raise unreadable(text.path, f"its first line is a comment: {first[:SHOWN]}", "Remove the comment lines")


def _require_no_separator(text: TextFile, first: str) -> None:
    """Raises TrainerError if fields are separated by neither tabs nor spaces."""
    for separator, name in SEPARATORS.items():
        before = first.split(separator, maxsplit=1)[0].strip()
        # A separator after the first space may be part of an item's name. One before it separates fields.
        if separator in first and " " not in before:
            raise unreadable(text.path, f"its {name}: {first[:SHOWN]}", TO_TABS)


def _is_json(text: TextFile, first: str) -> bool:
    if first.lstrip()[0] not in "{[":
        return False
    return _parses(first) or _parses(text.content) or first.strip() in ("{", "[")


def _parses(content: str | bytes) -> bool:
    try:
        json.loads(content)
    except ValueError:
        return False
    return True
