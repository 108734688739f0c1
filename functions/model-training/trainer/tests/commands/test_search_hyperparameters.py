"""The search for settings. Fakes replace training and evaluation.

killed-hyperparameter-search-resumes.test.ts runs real searches.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from agentbricks_trainer import search_hyperparameters as subject
from agentbricks_trainer.data.plays_as_columns import Plays
from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.models.two_tower.default_and_validated_hyperparameters import RANGES, Settings
from agentbricks_trainer.search_hyperparameters import METRIC, search
from tests.support.build_plays_and_runs import plays_of
from tests.support.recording_report import Stages

ITEMS = 9
# Five users who have played three items, one who has played all, and one who has played one.
PLAYS = plays_of(
    *((user, 1 + (4 * (3 * user + i)) % ITEMS, i) for user in range(5) for i in range(3)),
    *((5, item, item) for item in range(1, ITEMS + 1)),
    (6, 1, 1),
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replaces training and evaluation: the value of a trial is the dropout in its settings."""
    monkeypatch.setattr(subject, "fit", lambda *given: given[-1])
    monkeypatch.setattr(subject, "evaluate_split", lambda *given: ({METRIC: np.array([given[1].dropout])}, None))


def test_trials_resume_from_their_folder_and_end_in_the_same_result(tmp_path: Path, stages: Stages) -> None:
    whole = search(PLAYS, ITEMS, tmp_path / "whole", 4, 0, stages)
    search(PLAYS, ITEMS, tmp_path / "cut", 2, 0, Stages())
    resumed = search(PLAYS, ITEMS, tmp_path / "cut", 4, 0, Stages())
    settings = [trial["settings"] for trial in whole["trials"]]
    assert [trial["settings"] for trial in resumed["trials"]] == settings
    assert stages.names == ["trial", "tried"] * 4
    assert search(PLAYS, ITEMS, tmp_path / "whole", 1, 0, Stages())["trials"] == whole["trials"]


def test_the_first_trial_has_the_defaults_and_the_best_is_stored(tmp_path: Path, stages: Stages) -> None:
    found = search(PLAYS, ITEMS, tmp_path, 3, 0, stages)
    assert Settings(**found["trials"][0]["settings"]) == Settings()
    assert [trial["number"] for trial in found["trials"]] == [1, 2, 3]
    best = max(found["trials"], key=lambda trial: trial["settings"]["dropout"])
    assert found["best"] == best
    assert json.loads((tmp_path / "best.json").read_text()) == best["settings"]
    assert found["importance"].keys() == RANGES.keys()
    for trial in found["trials"]:
        for name, value in trial["settings"].items():
            assert RANGES[name][0] <= value <= RANGES[name][1]


def test_another_seed_is_another_study(tmp_path: Path) -> None:
    one, other = (search(PLAYS, ITEMS, tmp_path, 2, seed, Stages()) for seed in (0, 1))
    assert one["trials"][0]["settings"] == other["trials"][0]["settings"]
    assert one["trials"][1]["settings"] != other["trials"][1]["settings"]
    assert len(search(PLAYS, ITEMS, tmp_path, 2, 0, Stages())["trials"]) == 2


def test_the_last_play_of_users_with_two_is_ranked_among_items_never_played() -> None:
    split = subject._validation(PLAYS, ITEMS, np.random.default_rng(0))
    assert split.test_users.tolist() == [0, 1, 2, 3, 4]
    assert len(split.train) == len(PLAYS) - 5
    assert split.negatives is not None
    for user, held_out, negatives in zip(split.test_users, split.test_items, split.negatives, strict=True):
        played = set(PLAYS.titles[PLAYS.users == user].tolist())
        assert held_out == PLAYS.titles[PLAYS.users == user][-1]
        assert set(negatives[negatives > 0].tolist()) == set(range(1, ITEMS + 1)) - played


def test_nobody_to_evaluate_on_is_rejected(tmp_path: Path, stages: Stages) -> None:
    single: Plays = plays_of((0, 1, 1), (1, 2, 1))
    with pytest.raises(TrainerError, match="no user has played at least two of the 2 items, but not all of them"):
        search(single, 2, tmp_path, 1, 0, stages)


def test_a_folder_that_cannot_be_used_is_rejected(tmp_path: Path, stages: Stages) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainerError, match="file cannot be used as the search's folder"):
        search(PLAYS, ITEMS, tmp_path / "file", 1, 0, stages)
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged/trials.sqlite").write_text("not a database " * 100)
    with pytest.raises(TrainerError, match=r"trials\.sqlite cannot be read: file is not a database"):
        search(PLAYS, ITEMS, tmp_path / "damaged", 1, 0, stages)
    with pytest.raises(TrainerError, match="--trials is 0"):
        search(PLAYS, ITEMS, tmp_path, 0, 0, stages)


def test_a_folder_in_use_is_rejected(tmp_path: Path, stages: Stages) -> None:
    with (
        subject._lock(tmp_path),
        pytest.raises(TrainerError, match="is in use: another search writes its trials there"),
    ):
        search(PLAYS, ITEMS, tmp_path, 1, 0, stages)
