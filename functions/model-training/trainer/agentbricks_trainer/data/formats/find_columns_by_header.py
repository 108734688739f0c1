"""Finds the columns of a file by its header.

The header has RecBole's typed names, such as `user_id:token`, or names that are common in published data sets.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from .read_utf8_text import unreadable

TYPED = re.compile(r":(token|float|token_seq|float_seq)$")
# Normalised names of each column, the preferred name first, because a file may have both movieId and title.
NAMES = {
    "user": (
        *("userid", "useridx", "userindex", "uid", "user", "users", "customerid", "reviewerid", "visitorid"),
        *("accountid", "memberid", "personid", "profileid", "sessionid", "customer", "visitor", "session"),
    ),
    "item": (
        *("itemid", "itemidx", "itemindex", "iid", "item", "items", "movieid", "titleid", "articleid", "productid"),
        *("parentasin", "asin", "trackid", "songid", "artistid", "bookid", "isbn", "gameid", "videoid", "businessid"),
        *("newsid", "postid", "movie", "product", "article", "track", "song", "artist", "book", "game", "video"),
        "title",
    ),
    "time": (
        *("timestamp", "unixtimestamp", "unixtime", "unixreviewtime", "time", "ts", "eventtime", "occurredat"),
        *("ratedat", "playedat", "datetime", "date"),
    ),
}


@dataclass(frozen=True)
class Columns:
    """Positions of the columns in a line, from 0."""

    user: int
    item: int
    rating: int | None
    time: int | None
    width: int  # fields per line
    header: tuple[str, ...] | None = None  # names in the file; None without a header


def is_header(fields: list[str]) -> bool:
    """Returns whether a line is a header: a name is typed as in RecBole, or names stand for the user and the item."""
    found = _positions(fields)
    return any(TYPED.search(field) for field in fields) or ("user" in found and "item" in found)


def columns_of(path: Path, fields: list[str]) -> Columns:
    """Returns the columns of a file by the names in its header.

    Raises:
        TrainerError: If the header lacks a user or an item column, or has a name twice.
    """
    found, names = _positions(fields), ", ".join(fields)
    repeated = [name for name in fields if fields.count(name) > 1]
    if repeated:
        raise unreadable(path, f"its header names {repeated[0]} twice: {names}")
    for role, example in (("user", "user_id"), ("item", "item_id")):
        if role not in found:
            raise unreadable(path, f"its header names no {role} column, such as {example}: {names}")
    return Columns(found["user"], found["item"], None, found.get("time"), len(fields), tuple(fields))


def _positions(fields: list[str]) -> dict[str, int]:
    """Returns the position of the column of each role (user, item, time).

    If the header has several names of a role, the one that NAMES lists first is used.
    """
    names = [re.sub(r"[^a-z0-9]", "", TYPED.sub("", field.strip('"').lower())) for field in fields]
    return {
        role: names.index(known[0])
        for role, candidates in NAMES.items()
        if (known := [candidate for candidate in candidates if candidate in names])
    }
