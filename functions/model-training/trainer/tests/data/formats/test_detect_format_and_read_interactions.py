"""Reading plays in the formats in which researchers publish them."""

import codecs
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from agentbricks_trainer.data.formats.detect_format_and_read_interactions import read_interactions
from agentbricks_trainer.errors import TrainerError

BOM = "\ufeff"
LISTS = "lists by spaces: user, items"
TABS = "tabs: user, item"
PLAIN = [("u1", "a"), ("u1", "b"), ("u2", "c")]
RATINGS = "\n".join(f"{i} {100 + i} {1 + i % 5}" for i in range(12))

Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(content: str | bytes) -> Path:
        path = tmp_path / "file.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written


@pytest.mark.parametrize(
    ("content", "form", "plays"),
    [
        pytest.param("u1 a b\nu2 c\n", LISTS, PLAIN, id="lists"),
        pytest.param(f"{BOM}u1 a b\nu2 c\n", LISTS, PLAIN, id="lists with a byte-order mark"),
        pytest.param(
            "\r\nu1 a b\r\n\r\n  \r\nu2  c \r\n", LISTS, PLAIN, id="lists with Windows line ends, blank lines"
        ),
        pytest.param("u1 a b\nu3\nu2 c", LISTS, PLAIN, id="no newline at the end, and a user without items"),
        pytest.param("1 2 3\n2 3 4", LISTS, [("1", "2"), ("1", "3"), ("2", "3"), ("2", "4")], id="lists of numbers"),
        pytest.param("u1 a,b c,d\n", LISTS, [("u1", "a,b"), ("u1", "c,d")], id="lists of items with commas"),
        pytest.param("u1\ta\nu1\tb\nu2\tc\n", TABS, PLAIN, id="tabs"),
        pytest.param(f"{BOM}u1\ta\nu1\tb\nu2\tc\n", TABS, PLAIN, id="tabs with a byte-order mark"),
        pytest.param("u1\ta\t\r\n\r\n \t\r\nu1\tb\r\nu2\tc\t\t", TABS, PLAIN, id="tabs at line ends, blank lines"),
        pytest.param("u1\ta\ru1\tb\ru2\tc\r", TABS, PLAIN, id="line ends of old Macs"),
        pytest.param('a,b\t"x" y\n', TABS, [("a,b", '"x" y')], id="names with commas, quotes and spaces"),
        pytest.param("[deleted]\tx\n", TABS, [("[deleted]", "x")], id="names that look like JSON"),
        pytest.param(
            "u1\ta\t3.5\nu1\tb\t\nu2\tc\t5\n", "tabs: user, item, rating", PLAIN, id="a rating without a time"
        ),
        pytest.param(
            "user_id:token\titem_id:token\nu1\ta\nu1\tb\nu2\tc\n",
            "tabs with a header: user_id:token, item_id:token",
            PLAIN,
            id="a header of RecBole with two columns",
        ),
        pytest.param(
            f"{BOM}timestamp:float\tcity:token\titem_id:token\tuser_id:token\tnote:token_seq\n"
            "3\tx\ta\tu1\tok fine\n4\tx\tb\tu1\t\n5\ty\tc\tu2\t\n",
            "tabs with a header: timestamp:float, city:token, item_id:token, user_id:token, note:token_seq",
            PLAIN,
            id="a header with more columns in another order",
        ),
        pytest.param(
            "userId\tmovieId\ttitle\n u1\ta\tA\nu1\tb\tB\nu2\tc\tC\n",
            "tabs with a header: userId, movieId, title",
            PLAIN,
            id="a header of MovieLens",
        ),
    ],
)
def test_a_known_format_is_read(write: Write, content: str, form: str, plays: list[tuple[str, str]]) -> None:
    found = read_interactions(write(content))
    assert found.form == form
    assert list(zip(found.users.to_pylist(), found.items.to_pylist(), strict=True)) == plays


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param("", "it is empty", id="an empty file"),
        pytest.param(" \n\t\n", "it is empty", id="a blank file"),
        pytest.param("user_id\titem_id\n", "it has a header and no plays", id="a header without plays"),
        pytest.param("u1\nu2 \n", "none of its 2 lines names an item", id="users without items"),
        pytest.param(b"u a\n" * 900 + b"caf\xe9 b\n", r"not UTF-8 text \(line 901\)", id="Latin-1 in a late line"),
        pytest.param(b"u\ta\nv\tcaf\xe9\n", r"not UTF-8 text \(line 2\)", id="Latin-1 in tabs"),
        pytest.param(codecs.BOM_UTF16_LE + "u1\ta\n".encode("utf-16-le"), "it is UTF-16", id="UTF-16"),
        pytest.param(codecs.BOM_UTF16_BE + "u1\ta\n".encode("utf-16-be"), "it is UTF-16", id="UTF-16, big-endian"),
        pytest.param("u1\ta\n".encode("utf-16-le"), "it is binary data", id="UTF-16 without a byte-order mark"),
        pytest.param(f"u1\ta\n{BOM}u2\ta\n", "line 2 has a byte-order mark", id="a byte-order mark in the middle"),
        pytest.param(b"\x1f\x8b\x08\0\0", "it is a gzip archive", id="a gzip archive"),
        pytest.param(b"PK\x03\x04\0", "it is a ZIP archive", id="a ZIP archive"),
        pytest.param(b"\1\2\0\3\t\n", "it is binary data", id="binary data"),
        pytest.param('{\n  "name": "x"\n}\n', "it is JSON", id="a JSON object"),
        pytest.param('{"user": 1, "item": 2}\n{"user": 1, "item": 3}\n', "it is JSON", id="lines of JSON"),
        pytest.param("<!DOCTYPE html>\n<html></html>\n", "it is XML or HTML", id="HTML"),
        pytest.param("# user item\n1 2\n", "its first line is a comment", id="comments"),
        pytest.param("userId,movieId,rating,timestamp\n1,2,5,100\n", "separated by commas", id="CSV"),
        pytest.param("userId, movieId, rating\n1, 2, 5\n", "separated by commas", id="CSV with spaces"),
        pytest.param("1,2,5,100\n1,3,4,101\n", "separated by commas", id="CSV without a header"),
        pytest.param("1;2;5\n", "separated by semicolons", id="semicolons"),
        pytest.param("1|2|5\n", r"separated by \|", id="bars"),
        pytest.param("1::1193::5::978300760\n", "separated by ::", id="ratings.dat of MovieLens"),
        pytest.param(
            "u1 a b\n\nu2 c\nu1 d\n", "line 4 has the same user as line 1, u1", id="a user on two lines of lists"
        ),
        pytest.param(RATINGS, "user item rating", id="user item rating by spaces"),
        pytest.param("1 2 3.5\n2 2 4.0\n", "user item rating", id="fractions as ratings by spaces"),
        pytest.param(
            "1 242 3 881250949\n2 302 3 891717742\n", "user item rating time", id="user item rating time by spaces"
        ),
        pytest.param("1 242 881250949\n2 302 891717742\n", "user item time", id="user item time by spaces"),
        pytest.param("user_id item_id\n1 2 3\n", "line 1 is a header", id="a header over lists"),
        pytest.param("who what\n1 2 3\n2 3\n", "line 1 is a header", id="a header of unknown names over lists"),
        pytest.param("u1 a\nu2 b\tc\n", "line 2 has a tab", id="a tab within lists"),
        pytest.param("foo\tbar\n1\t2\n2\t3\n", "line 1 looks like a header.*foo, bar", id="a header of unknown names"),
        pytest.param(
            "item_id:token\tmovie_title:token_seq\n1\tx\n", "names no user column", id="a header without a user"
        ),
        pytest.param(
            "user_id\titem_id\titem_id\n1\t2\t3\n", "names item_id twice", id="a header that names a column twice"
        ),
        pytest.param(
            "user_id\titem_id\n1\t2\nuser_id\titem_id\n2\t3\n", "line 3 repeats the header", id="a repeated header"
        ),
        pytest.param("1\t2\t3\t4\t5\n", "5 columns and no header", id="five columns without a header"),
        pytest.param("1\t2\t978300760\n1\t3\t978300761\n", "looks like a time", id="a time in place of the rating"),
        pytest.param("1\t2\tgood\n1\t3\tbad\n", "the rating good", id="a rating that is not a number"),
        pytest.param("1\t10 20 30\n2\t10\n", "several items after one tab", id="items by spaces after a tab"),
        pytest.param("u\ti\t1\t1\n\nu\ti\n", "line 3 has 2 columns. Expected 4 columns", id="lines of other widths"),
        pytest.param("u\ti\t1\tnoon\n", "line 1 has the time noon", id="a time that is not a number"),
        pytest.param("u\ti\t1\tinf\n", "the time inf", id="an infinite time"),
        pytest.param("u\ti\t1\t1\nu\tj\t1\t\n", "line 2 has no time", id="a missing time"),
        pytest.param("u\ti\t1\t1\nu\t\t1\t1\n", "line 2 lacks a user or an item", id="a missing item"),
        pytest.param("u\t\n", "line 1 lacks a user or an item", id="a user without an item"),
    ],
)
def test_another_format_is_rejected_by_name(write: Write, content: str | bytes, why: str) -> None:
    with pytest.raises(TrainerError) as caught:
        read_interactions(write(content))
    assert caught.value.explanation["what"].endswith("file.txt cannot be read")
    assert re.search(why, caught.value.explanation["why"])
    assert caught.value.explanation["fix"]


def test_a_folder_or_a_missing_file_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(TrainerError, match="Is a directory"):
        read_interactions(tmp_path)
    with pytest.raises(TrainerError, match="No such file"):
        read_interactions(tmp_path / "missing")


@pytest.mark.parametrize(
    ("times", "ranks"),
    [
        pytest.param(["978300761", "978300760", "978300762", "978300760"], [1, 0, 2, 0], id="seconds"),
        pytest.param(
            ["1700000000000000002", "1700000000000000001", "1700000000000000003"], [1, 0, 2], id="nanoseconds"
        ),
        pytest.param(
            ["170000000000000000000000000002", "170000000000000000000000000001"], [1, 0], id="more than 64 bits"
        ),
        pytest.param(["1593877838.9", "1593877838.10", "1593877838.5", "1593877838.50"], [2, 0, 1, 1], id="fractions"),
        pytest.param(["1593877838.000000002", "1593877838.000000001"], [1, 0], id="nanoseconds as fractions"),
        pytest.param(["0.75", "0", "1", "0.5", "1.0"], [2, 0, 3, 1, 3], id="times scaled to 0 to 1"),
        pytest.param(["-0.5", "-3", "2", "-0.25"], [1, 0, 3, 2], id="negative times"),
        pytest.param(["1.7e9", "17e8", "1.7000000001e9", "+5"], [1, 1, 2, 0], id="exponents"),
    ],
)
def test_the_order_of_times_is_exact(write: Write, times: list[str], ranks: list[int]) -> None:
    found = read_interactions(write("".join(f"u\ti{i}\t1\t{time}\n" for i, time in enumerate(times))))
    assert found.times is not None
    assert found.times.tolist() == ranks
