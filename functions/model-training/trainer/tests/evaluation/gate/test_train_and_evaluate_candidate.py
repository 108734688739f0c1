"""Evaluation of a run's model before it is trained on all data."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from agentbricks_trainer.data.run_data_classes import Run, TrainingData
from agentbricks_trainer.evaluation.gate.train_and_evaluate_candidate import examine
from agentbricks_trainer.export.export import export
from agentbricks_trainer.export.write_manifest import write_manifest
from agentbricks_trainer.models.two_stage import Fitted
from tests.support.recording_report import Stages
from tests.support.write_small_run_folder import HOUR


def test_a_run_is_examined_by_protocol_segment_and_gate(small_run: Run, stages: Stages) -> None:
    found = examine(small_run, None, 0, False, stages)
    assert found.facts["metrics"].keys() == {"globalTime", "unchosen"}
    assert found.facts["metrics"]["globalTime"].keys() == {"candidate", "popular", "item-knn"}
    assert found.test_plays == int((small_run.plays.times >= small_run.split_at).sum())
    assert found.facts["gate"]["incumbent"] == "popular"
    # Popularity is both the incumbent and the first simpler model, so the leads are equal.
    assert found.facts["simpler"][0]["difference"] == found.facts["gate"]["difference"]
    assert {segment["kind"] for segment in found.facts["segments"]} == {"users", "titles", "country"}
    assert {name for segment in found.facts["segments"] for name in segment["metrics"]} == {"candidate", "popular"}
    assert ("evaluated", found.facts["gate"]) in stages.received


def test_the_future_does_not_change_the_model_that_is_tested(small_run: Run, stages: Stages) -> None:
    """The candidate learns from rows and genres as of the split. The complete run's rows and genres have no effect."""
    other = replace(small_run, rows=small_run.rows.where(small_run.rows.times < 0), genres=small_run.genres * 0)
    one, two = (examine(run, None, 0, False, Stages()).facts["metrics"] for run in (small_run, other))
    assert one == two
    assert stages.received == []


def test_a_champion_that_knows_the_test_is_not_compared_with(
    tmp_path: Path, small_run: Run, fitted: Fitted, stages: Stages
) -> None:
    export(fitted, small_run, tmp_path)
    version = write_manifest(tmp_path, {"asOf": small_run.as_of, "titles": small_run.titles})["version"]
    found = examine(small_run, tmp_path, 0, False, stages).facts
    assert found["gate"]["incumbent"] == version
    assert "the champion has learned from part of it" in found["gate"]["undecided"]
    assert "champion" not in found["metrics"]["globalTime"]


def test_an_older_champion_is_compared_with(tmp_path: Path, small_run: Run, fitted: Fitted, stages: Stages) -> None:
    export(fitted, small_run, tmp_path)
    write_manifest(tmp_path, {"asOf": small_run.split_at - HOUR, "titles": small_run.titles})
    found = examine(small_run, tmp_path, 0, True, stages).facts
    assert found["metrics"]["unchosen"].keys() == {"candidate", "popular", "champion", "item-knn"}
    assert "difference" in found["gate"]
    assert found["metrics"]["leaveOneOut"].keys() == {"candidate", "popular"}
    assert all("champion" in segment["metrics"] for segment in found["segments"])


def test_too_little_before_the_split_leaves_the_gate_undecided(small_run: Run, stages: Stages) -> None:
    few = small_run.before_split.plays.times == small_run.before_split.plays.times.min()
    known = TrainingData(small_run.before_split.plays.where(few), small_run.before_split.rows)
    found = examine(replace(small_run, before_split=known), None, 0, False, stages)
    assert found.facts["metrics"] == {}
    assert found.facts["segments"] == []
    assert found.facts["simpler"] == []
    assert found.facts["gate"]["undecided"].startswith("too little was known at the split: only 0 of")


def test_without_a_later_play_nothing_is_tested(small_run: Run, stages: Stages) -> None:
    run = replace(small_run, split_at=int(small_run.plays.times.max()) + 1)
    found = examine(run, None, 0, False, stages)
    assert found.test_plays == 0
    assert found.facts["gate"]["undecided"].startswith("only 0 users")
    assert np.array_equal(stages.names, ["evaluated"])


def test_leave_one_out_is_skipped_if_no_user_has_played_twice(small_run: Run, stages: Stages) -> None:
    once = small_run.plays.where(small_run.plays.times == small_run.plays.times.min())
    found = examine(replace(small_run, plays=once), None, 0, True, stages)
    assert "leaveOneOut" not in found.facts["metrics"]
    assert stages.received[-1] == ("leave-one-out skipped", {"why": "no user has played twice"})
