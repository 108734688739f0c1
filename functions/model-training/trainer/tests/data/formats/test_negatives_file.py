"""Reading files of negatives."""

from pathlib import Path

import numpy as np
import pytest

from agentbricks_trainer.data.formats.detect_format_and_read_interactions import Interactions, read_interactions
from agentbricks_trainer.data.formats.negatives_file import read_negatives, remove_invalid
from agentbricks_trainer.errors import TrainerError

BOM = "\ufeff"


@pytest.fixture
def held_out(tmp_path: Path) -> Interactions:
    (tmp_path / "test.tsv").write_text("u,1\ta\nu2\tb\n")
    return read_interactions(tmp_path / "test.tsv")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("(u,1,a)\tx\ty\n(u2,b)\ty\tz\n", ["x", "y", "y", "z"], id="tabs"),
        pytest.param(f"{BOM}(u,1,a)\tx\n(u2,b)\tz\n", ["x", "z"], id="a byte-order mark"),
        pytest.param("\r\n(u,1,a)\tx\t\r\n\r\n(u2,b)\tz\r\n", ["x", "z"], id="blank lines, tabs at line ends"),
    ],
)
def test_negatives_of_all_lines_are_read(
    tmp_path: Path, held_out: Interactions, content: str, expected: list[str]
) -> None:
    (tmp_path / "negatives").write_bytes(content.encode())
    assert read_negatives(tmp_path / "negatives", held_out).to_pylist() == expected


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"(u,1,a)\tx\n(u2,b)\t\xe9\n", r"not UTF-8 text \(line 2\)", id="Latin-1"),
        pytest.param(b"u,1\ta\tx\nu2\tb\tz\n", r"line 1 does not begin with \(user,item\)", id="no pair"),
        pytest.param(
            b"(u,1,a)\tx\n\n(u2,a)\tz\n",
            r"line 3 is for \(u2,a\), and the test file has \(u2,b\)",
            id="another pair",
        ),
        pytest.param(b"(u,1,a)\tx\n", "it has 1 lines for 2 plays", id="too few lines"),
        pytest.param(b"(u,1,a)\tx\n(u2,b)\tz\n(u2,b)\tz\n", "it has 3 lines for 2 plays", id="too many lines"),
        pytest.param(
            b"(u,1,a)\tx\ty\n(u2,b)\tz\n", "line 2 has 1 items after the pair, and line 1 has 2", id="other lengths"
        ),
        pytest.param(b"(u,1,a)\n(u2,b)\n", "line 1 has no items", id="no items"),
        pytest.param(b"(u,1,a)\tx\ty\n(u2,b)\t\tz\n", "line 2 has an item without a name", id="no name"),
        pytest.param(b'{"a": 1}\n', "it is JSON", id="JSON"),
    ],
)
def test_an_invalid_line_is_named(tmp_path: Path, held_out: Interactions, content: bytes, why: str) -> None:
    (tmp_path / "negatives").write_bytes(content)
    with pytest.raises(TrainerError, match=why):
        read_negatives(tmp_path / "negatives", held_out)


def test_repeated_and_taken_entries_are_removed_and_counted_once() -> None:
    negatives = np.array([[3, 3, 4, 1], [2, 2, 5, 5]])
    taken = np.array([[False, False, True, False], [True, True, False, False]])
    found = remove_invalid(np.array([1, 9]), negatives, taken)
    assert found.negatives.tolist() == [[3, 0, 0, 0], [0, 0, 5, 0]]
    assert (found.repeated, found.taken) == (2, 4)
