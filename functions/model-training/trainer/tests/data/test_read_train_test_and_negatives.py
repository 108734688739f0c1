"""Reading the files of a comparison."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from agentbricks_trainer.data.read_train_test_and_negatives import Doubts, read_plays, read_split
from agentbricks_trainer.errors import TrainerError
from tests.support.recording_report import Stages

Write = Callable[[str, str], Path]
SEEDS = 500


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(name: str, content: str) -> Path:
        (tmp_path / name).write_text(content)
        return tmp_path / name

    return written


def test_users_and_items_are_numbered_in_the_order_of_their_names(write: Write, stages: Stages) -> None:
    train = write("train", "v\tb\t1\t5\nu\tc\t1\t3\nu\ta\t1\t4\n")
    test = write("test", "u\tb\t1\t9\nw\td\t1\t9\n")
    split = read_split(train, test, None, 0, stages)
    assert (split.users, split.items) == (3, 4)
    assert split.train.users.tolist() == [0, 0, 1]
    assert split.train.titles.tolist() == [3, 1, 2]
    assert split.train.times.tolist() == [0, 1, 2]  # ranks
    assert (split.test_users.tolist(), split.test_items.tolist()) == ([0, 2], [2, 4])
    assert split.doubts == Doubts(test_pairs_unknown=1)
    assert stages.received == [
        (
            "loaded",
            {
                "plays": 3,
                "users": 3,
                "items": 4,
                "train": "tabs: user, item, rating, time",
                "test": "tabs: user, item, rating, time",
            },
        )
    ]


def test_only_the_first_play_of_a_pair_counts(write: Write, stages: Stages) -> None:
    plays, items = read_plays(write("plays", "u\ta\t1\t7\nu\tb\t1\t8\nu\ta\t1\t9\n"), 0, stages)
    assert items == 2
    assert (plays.titles.tolist(), plays.times.tolist()) == ([1, 2], [0, 1])


def test_each_of_the_plays_at_the_last_time_may_be_the_last(write: Write, stages: Stages) -> None:
    path = write("one", "u\ta\t1\t5\nu\tb\t1\t5\nu\tc\t1\t5\nu\td\t1\t4.9\n")
    last = [read_plays(path, seed, stages)[0].titles[-1] for seed in range(SEEDS)]
    shares = np.bincount(last, minlength=5) / SEEDS
    assert shares[[0, 4]].tolist() == [0, 0]
    assert np.abs(shares[1:4] - 1 / 3).max() < 5 * np.sqrt(2 / 9 / SEEDS)


def test_test_pairs_of_the_training_file_are_skipped_and_counted(write: Write, stages: Stages) -> None:
    known = write("known", "a\tx\nb\tx\nb\ty\nc\tx\n")
    split = read_split(known, write("some", "a\tx\na\ty\nc\ty\n"), None, 0, stages)
    assert (split.test_users.tolist(), split.test_items.tolist()) == ([0, 2], [2, 2])
    assert split.doubts.test_pairs_in_train == 1
    with pytest.raises(TrainerError, match=r"all 4 pairs of .*known are in .*known too"):
        read_split(known, known, None, 0, stages)


def test_negatives_are_distinct_and_not_taken(write: Write, stages: Stages) -> None:
    train = write("train", "u\tfirst\nv\tbest\nv\tthird\n")
    test = write("test", "u\tother\nv\tother\n")
    lines = "(u,other)\tother\tbest\tbest\tfirst\n(v,other)\tfirst\tthird\tfirst\tnew\n"
    split = read_split(train, test, write("negatives", lines), 0, stages)
    names = ["best", "first", "new", "other", "third"]
    assert split.negatives is not None
    named = [[names[item - 1] if item else "" for item in row] for row in split.negatives.tolist()]
    assert named == [["", "best", "", ""], ["first", "", "", "new"]]
    assert split.doubts == Doubts(repeated_negatives=2, taken_negatives=3)


def test_an_item_without_a_competitor_is_rejected_by_its_line(write: Write, stages: Stages) -> None:
    train, test = write("train", "u\tfirst\nv\tbest\n"), write("test", "v\tfirst\nu\tbest\n")
    negatives = write("negatives", "(v,first)\tnew\n(u,best)\tfirst\n")
    with pytest.raises(TrainerError, match="pair 2 has only negatives that its user has played"):
        read_split(train, test, negatives, 0, stages)


def test_a_seed_out_of_range_is_rejected_before_a_file_is_read(tmp_path: Path) -> None:
    with pytest.raises(TrainerError, match="--seed is -1"):
        read_split(tmp_path / "a", tmp_path / "b", None, -1)
    with pytest.raises(TrainerError, match="--seed is 4294967296"):
        read_plays(tmp_path / "a", 2**32)
