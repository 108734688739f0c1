"""Parses tables with one play per line.

A line is `user<TAB>item[<TAB>rating[<TAB>time]]`, or has any columns under a header that names them.
"""

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from agentbricks_trainer.data.array_types import Ints

from .dense_ranks_of_timestamps import NUMBER, dense_ranks
from .find_columns_by_header import Columns, columns_of, is_header
from .read_utf8_text import TextFile, unreadable

# Columns of a file without a header. The last two may be missing.
WITHOUT_HEADER = ("user", "item", "rating", "time")
LEAST_WIDTH = 2
# Matches times from March 1973 on, in seconds since 1970 or in a smaller unit.
TIME = r"^[0-9]{9,}(\.[0-9]*)?$"


def parse_table(text: TextFile) -> tuple[str, pa.ChunkedArray, pa.ChunkedArray, Ints | None]:
    """Parses one play per line.

    Returns:
        The format in words, users and items, (N,) str each, and times as dense ranks, (N,), or None without times.

    Raises:
        TrainerError: If a line is invalid. The message has the line number.
    """
    first, after = text.first()
    columns = _columns(text, first)
    table = _table(text, columns, after if columns.header else 0)
    users, items, rating, time = (
        None if at is None else pc.utf8_trim(table.column(at), " ")
        for at in (columns.user, columns.item, columns.rating, columns.time)
    )
    _require_names(text, columns, users, items)
    if rating is not None:
        _require_ratings(text, columns, rating)
    if time is not None:
        _require_times(text, columns, time)
    return _form(columns), users, items, None if time is None else dense_ranks(time)


def _form(columns: Columns) -> str:
    if columns.header:
        return f"tabs with a header: {', '.join(columns.header)}"
    return f"tabs: {', '.join(WITHOUT_HEADER[: columns.width])}"


def _columns(text: TextFile, first: str) -> Columns:
    fields = [field.strip(" ") for field in first.rstrip("\t ").split("\t")]
    if is_header(fields):
        return columns_of(text.path, fields)
    width = len(fields)
    if width > len(WITHOUT_HEADER):
        why = f"it has {width} columns and no header that names a user and an item, such as user_id and item_id"
        raise unreadable(text.path, why)
    if width < LEAST_WIDTH:
        raise unreadable(text.path, f"line {text.number_of(0)} lacks a user or an item")
    rating, time = (at if at < width else None for at in (2, 3))
    return Columns(0, 1, rating, time, width)


def _table(text: TextFile, columns: Columns, start: int) -> pa.Table:
    """Returns `width` columns of str. start is the position of the first play, in bytes."""
    body = text.content[start:]
    if not body.strip(b"\t\n "):
        raise unreadable(text.path, "it has a header and no plays")
    try:
        table = _parsed(body, columns.width)
    except pa.ArrowInvalid:
        return _parsed(_repaired(text, columns), columns.width)
    blank = pc.any(pc.equal(pc.utf8_trim(table.column(0), " "), "")).as_py()
    return _parsed(_repaired(text, columns), columns.width) if blank else table


def _parsed(body: bytes, width: int) -> pa.Table:
    names = [str(at) for at in range(width)]
    return csv.read_csv(
        pa.BufferReader(body),
        read_options=csv.ReadOptions(column_names=names),
        parse_options=csv.ParseOptions(delimiter="\t", quote_char=False),
        convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
    )


def _repaired(text: TextFile, columns: Columns) -> bytes:
    """Removes blank lines, and tabs at the end of lines. Raises TrainerError for a line of another width."""
    plays = []
    for index, (number, line) in enumerate(text.lines()):
        fields = line.split("\t")
        beyond = [field for field in fields[columns.width :] if field.strip(" ")]
        if len(fields) < columns.width or beyond:
            found = len(line.rstrip("\t ").split("\t"))
            why = f"line {number} has {found} columns. Expected {columns.width} columns, as in the first line"
            raise unreadable(text.path, why)
        if index > 0 or not columns.header:
            plays.append("\t".join(fields[: columns.width]))
    return "\n".join([*plays, ""]).encode()


def _first(wrong: pa.ChunkedArray) -> int | None:
    """Returns the row of the first True, or None."""
    at: int = pc.index(wrong, True).as_py()
    return None if at < 0 else at


def _line(text: TextFile, columns: Columns, row: int) -> int:
    return text.number_of(row + bool(columns.header))


def _require_names(text: TextFile, columns: Columns, users: pa.ChunkedArray, items: pa.ChunkedArray) -> None:
    if (row := _first(pc.or_(pc.equal(users, ""), pc.equal(items, "")))) is not None:
        raise unreadable(text.path, f"line {_line(text, columns, row)} lacks a user or an item")
    if columns.header:
        _require_one_header(text, columns, columns.header, users, items)
    else:
        _require_no_other_form(text, columns, users, items)


def _require_one_header(
    text: TextFile, columns: Columns, header: tuple[str, ...], users: pa.ChunkedArray, items: pa.ChunkedArray
) -> None:
    again = pc.and_(pc.equal(users, header[columns.user]), pc.equal(items, header[columns.item]))
    if (row := _first(again)) is not None:
        raise unreadable(text.path, f"line {_line(text, columns, row)} repeats the header, as after joining two files")


def _require_no_other_form(text: TextFile, columns: Columns, users: pa.ChunkedArray, items: pa.ChunkedArray) -> None:
    """Raises TrainerError for a header with unknown names, and for lists after a tab."""
    if _is_unknown_header(users) and _is_unknown_header(items):
        why = f"line {_line(text, columns, 0)} looks like a header with unknown names ({users[0]}, {items[0]})"
        raise unreadable(text.path, f"{why}: all other lines are numbers")
    lists = columns.width == LEAST_WIDTH and pc.all(pc.match_substring_regex(items, r"^[0-9]+( +[0-9]+)*$")).as_py()
    if lists and (row := _first(pc.match_substring_regex(items, " "))) is not None:
        raise unreadable(text.path, f"line {_line(text, columns, row)} has several items after one tab")


def _is_unknown_header(names: pa.ChunkedArray) -> bool:
    """Returns whether all names except the first are numbers."""
    numeric = pc.match_substring_regex(names, NUMBER)
    return len(names) > 1 and not numeric[0].as_py() and pc.all(numeric[1:]).as_py()


def _require_ratings(text: TextFile, columns: Columns, ratings: pa.ChunkedArray) -> None:
    wrong = pc.and_(pc.invert(pc.match_substring_regex(ratings, NUMBER)), pc.not_equal(ratings, ""))
    if (row := _first(wrong)) is not None:
        why = f"line {_line(text, columns, row)} has the rating {ratings[row]}, which is not a number"
        raise unreadable(text.path, f"{why}; a header needs names such as user_id and item_id")
    if pc.all(pc.match_substring_regex(ratings, TIME)).as_py():
        why = f"its third column is the rating, and {ratings[0]} on line {_line(text, columns, 0)} looks like a time"
        raise unreadable(text.path, why)


def _require_times(text: TextFile, columns: Columns, times: pa.ChunkedArray) -> None:
    if (row := _first(pc.invert(pc.match_substring_regex(times, NUMBER)))) is not None:
        line, time = _line(text, columns, row), times[row].as_py()
        why = f"line {line} has the time {time}, which is not a number" if time else f"line {line} has no time"
        raise unreadable(text.path, why)
