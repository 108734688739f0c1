"""Parses lists: one line per user, `user item item …`, separated by spaces."""

import re

import numpy as np
import pyarrow as pa

from .dense_ranks_of_timestamps import NUMBER
from .find_columns_by_header import is_header
from .read_utf8_text import TextFile, unreadable

FORM = "lists by spaces: user, items"
BY_TABS = "Separate the fields by tabs, or write one line per user: user item item …"
# Numbers from this one on are times, not ratings. As seconds since 1970, it is in March 1973.
LEAST_TIME = 1e8
MOST_STARS = 10
# In a file with fewer lines, two small numbers after a user may be two items.
ENOUGH_LINES = 10
# Forms of rating files: number of fields per line → the fields. Such files are rejected: this parser reads only lists.
FORMS_OF_RATINGS = {3: "user item rating, or user item time", 4: "user item rating time"}
_NUMBER = re.compile(NUMBER)


def parse_lists(text: TextFile) -> tuple[str, pa.ChunkedArray, pa.ChunkedArray, None]:
    """Parses one line per user.

    Returns:
        The format in words, users and items, (N,) str each, and no times.

    Raises:
        TrainerError: If a line is not a user and items separated by spaces. The message has the line number.
    """
    lines = [(number, [field for field in line.split(" ") if field]) for number, line in text.lines()]
    _require_no_header(text, lines)
    _require_no_ratings(text, [fields for _, fields in lines])
    seen: dict[str, int] = {}
    for number, (user, *items_of_user) in lines:
        if any("\t" in field for field in (user, *items_of_user)):
            raise unreadable(text.path, f"line {number} has a tab, and line {lines[0][0]} separates fields by spaces")
        if user in seen:
            why = f"line {number} has the same user as line {seen[user]}, {user}; a file of lists has one line per user"
            raise unreadable(text.path, f"{why}, and `user item rating` separated by spaces is not supported", BY_TABS)
        seen[user] = number
    users = [user for _, (user, *items_of_user) in lines for _ in items_of_user]
    items = [item for _, (_, *items_of_user) in lines for item in items_of_user]
    if not items:
        raise unreadable(text.path, f"none of its {len(lines)} lines names an item after the user")
    return (
        FORM,
        pa.chunked_array([pa.array(users, pa.string())]),
        pa.chunked_array([pa.array(items, pa.string())]),
        None,
    )


def _require_no_header(text: TextFile, lines: list[tuple[int, list[str]]]) -> None:
    (number, first), *others = lines
    numeric = bool(others) and all(_NUMBER.match(field) for _, fields in others for field in fields)
    if is_header(first) or (numeric and not any(_NUMBER.match(field) for field in first)):
        raise unreadable(
            text.path, f"line {number} is a header ({' '.join(first)}), and files of lists have none", BY_TABS
        )


def _require_no_ratings(text: TextFile, lines: list[list[str]]) -> None:
    """Raises TrainerError if the numbers show that every line is `user item rating [time]` or `user item time`."""
    width = len(lines[0])
    if width not in FORMS_OF_RATINGS or any(len(fields) != width for fields in lines):
        return
    if not all(_NUMBER.match(field) for fields in lines for field in fields[2:]):
        return
    items = np.array([float(fields[1]) if _NUMBER.match(fields[1]) else np.inf for fields in lines])
    third, last = (np.array([float(fields[at]) for fields in lines]) for at in (2, -1))
    stars = third.max() <= MOST_STARS
    has_rating = width == max(FORMS_OF_RATINGS)
    timed = last.min() >= LEAST_TIME and (stars if has_rating else np.isinf(items).all() or items.max() < LEAST_TIME)
    fractions = stars and (third % 1 != 0).any()
    # In a list, all fields after the user are items. If half of the second fields exceed the largest rating and no
    # third field does, the third fields are ratings.
    unlike = not has_rating and stars and len(lines) >= ENOUGH_LINES and np.mean(items > MOST_STARS) >= 1 / 2
    if timed or fractions or unlike:
        raise unreadable(text.path, f"its lines look like {FORMS_OF_RATINGS[width]}, separated by spaces", BY_TABS)
