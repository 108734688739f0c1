"""Learnability: how well simple models predict choices."""

from pathlib import Path
from typing import Any

import pytest

from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.evaluation.evaluate_popularity_and_svd import learnability

Play = tuple[int, int, int]


def written(folder: Path, plays: list[Play]) -> Path:
    (folder / "plays.tsv").write_text("".join(f"{user}\t{item}\t{time}\n" for user, item, time in plays))
    return folder / "plays.tsv"


OF_SOME = [(user, (user + i) % 12, i) for user in range(20) for i in range(8)]
OF_ALL = [(20, item, item) for item in range(12)]


@pytest.mark.parametrize("plays", [OF_SOME, OF_SOME + OF_ALL], ids=["some", "one user has played everything"])
def test_users_are_ranked_among_items_that_they_never_played(tmp_path: Path, plays: list[Play]) -> None:
    found: dict[str, Any] = learnability(written(tmp_path, plays), 0)
    # Each tested user has four unplayed items, so the held-out item is always among the first ten.
    assert (found["users"], found["popularity"]["hitRate@10"]["value"]) == (20, 1)


def test_a_factorisation_finds_groups_that_popularity_cannot(tmp_path: Path) -> None:
    plays = [
        (user, 2 * ((user // 2 + i) % 40) + user % 2, i) for user in range(80) for i in range(20)
    ]  # users with even numbers play even items, the others odd items
    found: dict[str, Any] = learnability(written(tmp_path, plays), 3)
    factorisation, popularity = (found[name]["ndcg@10"]["value"] for name in ("factorisation", "popularity"))
    assert factorisation > popularity + 0.1
    assert learnability(tmp_path / "plays.tsv", 3) == found


def test_nothing_can_be_ranked_if_everybody_has_played_everything(tmp_path: Path) -> None:
    with pytest.raises(TrainerError, match="ranked against items that the user never played"):
        learnability(written(tmp_path, [(0, item, item) for item in range(12)]), 0)


@pytest.mark.parametrize(
    ("content", "why"),
    [("1\t2\n", "1 lines of 2 columns"), ("0\t-1\t3\n", "numbers below 0"), ("a\tb\tc\n", "could not convert")],
)
def test_an_invalid_file_is_rejected(tmp_path: Path, content: str, why: str) -> None:
    (tmp_path / "plays.tsv").write_text(content)
    with pytest.raises(TrainerError, match=rf"plays\.tsv cannot be read: .*{why}"):
        learnability(tmp_path / "plays.tsv", 0)


def test_a_missing_file_or_seed_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(TrainerError, match="cannot be read"):
        learnability(tmp_path / "missing.tsv", 0)
    with pytest.raises(TrainerError, match="--seed is -1"):
        learnability(tmp_path / "missing.tsv", -1)
