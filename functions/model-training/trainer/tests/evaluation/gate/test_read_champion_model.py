"""The champion, read from its files."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agentbricks_trainer.data.run_data_classes import Run
from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.evaluation.candidate_and_popularity_scorers import candidate_scorer
from agentbricks_trainer.evaluation.gate.load_champion_scorer import read_champion
from agentbricks_trainer.export.export import export
from agentbricks_trainer.export.write_manifest import write_manifest
from agentbricks_trainer.models.two_stage import Fitted
from agentbricks_trainer.models.two_tower.cut_plays_into_windows import HISTORY_LENGTH


@pytest.fixture
def folder(tmp_path: Path, fitted: Fitted, small_run: Run) -> Path:
    export(fitted, small_run, tmp_path)
    write_manifest(tmp_path, {"asOf": small_run.as_of, "titles": small_run.titles})
    return tmp_path


def rewrite(folder: Path, **fields: Any) -> None:  # noqa: ANN401
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, **fields}))


def test_its_files_score_as_the_model_that_they_came_from(folder: Path, fitted: Fitted, small_run: Run) -> None:
    champion = read_champion(small_run, folder)
    assert champion.as_of == small_run.as_of
    assert champion.version == json.loads((folder / "manifest.json").read_text())["version"]
    users = np.arange(20)
    history = small_run.plays.history(users, np.full(20, small_run.split_at), HISTORY_LENGTH)
    found, expected = champion.scorer(users, history), candidate_scorer(small_run, fitted)(users, history)
    finite = np.isfinite(expected)
    assert np.array_equal(np.isfinite(found), finite)
    assert np.abs(found[finite] - expected[finite]).max() <= 1e-3


def test_a_champion_with_an_older_manifest_is_read(folder: Path, small_run: Run) -> None:
    users, history = np.arange(3), small_run.plays.history(np.arange(3), np.full(3, small_run.split_at), HISTORY_LENGTH)
    expected = read_champion(small_run, folder).scorer(users, history)
    files = json.loads((folder / "manifest.json").read_text())["files"]
    entries = {file["path"]: {"sha256": file["sha256"], "bytes": file["bytes"]} for file in files}
    rewrite(folder, formatVersion=2, files=entries)
    assert np.array_equal(read_champion(small_run, folder).scorer(users, history), expected)


def test_files_are_found_by_their_roles(folder: Path, small_run: Run) -> None:
    (folder / "model.onnx").rename(folder / "ranker-7.onnx")
    files = json.loads((folder / "manifest.json").read_text())["files"]
    rewrite(folder, files=[{**file, "path": file["path"].replace("model.onnx", "ranker-7.onnx")} for file in files])
    assert read_champion(small_run, folder).version


def test_titles_are_matched_by_their_ids(folder: Path, fitted: Fitted, small_run: Run) -> None:
    """A champion with another catalogue scores the titles that both know."""
    rewrite(folder, titles=["gone", *small_run.titles[1:]])
    users = np.arange(3)
    history = small_run.plays.history(users, np.full(3, small_run.split_at), HISTORY_LENGTH)
    history[history == 1] = 2
    found = read_champion(small_run, folder).scorer(users, history)
    expected = candidate_scorer(small_run, fitted)(users, history)
    assert np.isneginf(found[:, :2]).all()
    finite = np.isfinite(expected[:, 2:])
    assert np.abs(found[:, 2:][finite] - expected[:, 2:][finite]).max() <= 1e-3


def test_a_user_without_known_plays_has_no_ranking(folder: Path, small_run: Run) -> None:
    rewrite(folder, titles=[f"other-{i}" for i in range(len(small_run.titles))])
    history = np.ones((1, HISTORY_LENGTH), np.int64)
    assert np.isneginf(read_champion(small_run, folder).scorer(np.array([0]), history)).all()
    empty = read_champion(small_run, folder).scorer(np.zeros(0, np.int64), np.zeros((0, HISTORY_LENGTH), np.int64))
    assert empty.shape == (0, 41)


def test_titles_that_were_not_known_at_the_split_are_not_ranked(folder: Path, small_run: Run) -> None:
    known = small_run.at_split.title_known.copy()
    known[5] = False
    run = replace(small_run, at_split=replace(small_run.at_split, title_known=known))
    history = small_run.plays.history(np.array([0]), np.array([small_run.split_at]), HISTORY_LENGTH)
    assert np.isneginf(read_champion(run, folder).scorer(np.array([0]), history)[0, 5])


def test_an_incomplete_or_foreign_champion_is_rejected(folder: Path, small_run: Run, tmp_path: Path) -> None:
    rewrite(folder, features=["age"])
    with pytest.raises(TrainerError, match="was trained on the features age"):
        read_champion(small_run, folder)
    rewrite(folder, formatVersion=1)
    with pytest.raises(TrainerError, match=r"has format 1, not 2 or 3: .*Remove the alias champion"):
        read_champion(small_run, folder)
    with pytest.raises(TrainerError, match=r"empty has no manifest\.json"):
        read_champion(small_run, tmp_path / "empty")
