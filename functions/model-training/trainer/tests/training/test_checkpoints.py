"""Checkpoints: storing, loading, and failures."""

from pathlib import Path

import numpy as np
import pytest
import torch

from agentbricks_trainer.training.checkpoints import Checkpoints
from tests.support.recording_report import Stages


def test_a_state_is_stored_and_loaded(tmp_path: Path, stages: Stages) -> None:
    stored: list[Path] = []
    checkpoint = Checkpoints(tmp_path / "new", stored.append).of("towers", 1)
    assert checkpoint.load(stages) is None
    checkpoint.save({"epoch": 2, "weights": torch.ones(2)}, stages)
    state = checkpoint.load(stages)
    assert state is not None
    assert (state["epoch"], state["weights"].tolist()) == (2, [1, 1])
    assert stored == [checkpoint.path]
    assert [path.name for path in (tmp_path / "new").iterdir()] == [checkpoint.path.name]
    assert stages.received == []


def test_other_inputs_have_another_file(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    array = np.arange(3)
    names = [
        checkpoints.of("a", array, 1).path.name,
        checkpoints.of("a", array.copy(), 1).path.name,
        checkpoints.of("a", array, 2).path.name,
        checkpoints.of("a", array + 1, 1).path.name,
        checkpoints.of("b", array, 1).path.name,
    ]
    assert names[0] == names[1]
    assert len(set(names)) == 4


def test_a_damaged_file_is_reported_and_counts_as_none(tmp_path: Path, stages: Stages) -> None:
    checkpoint = Checkpoints(tmp_path).of("towers")
    checkpoint.path.write_text("not a checkpoint")
    assert checkpoint.load(stages) is None
    assert stages.names == ["checkpoint rejected"]
    assert stages.received[0][1]["file"] == checkpoint.path.name


def test_a_full_disk_costs_the_checkpoint_only(tmp_path: Path, stages: Stages, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = Checkpoints(tmp_path).of("towers")
    checkpoint.save({"epoch": 1}, stages)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    checkpoint.save({"epoch": 2}, stages)
    assert stages.names == ["checkpoint lost"]
    assert checkpoint.load(stages) == {"epoch": 1}
    assert not list(tmp_path.glob("*.tmp"))


def test_a_failed_upload_costs_the_copy_only(tmp_path: Path, stages: Stages) -> None:
    class S3UploadFailedError(Exception):
        """As in boto3: neither an OSError nor a RuntimeError."""

    def upload(_: Path) -> None:
        raise S3UploadFailedError("Failed to upload towers.pt: AccessDenied")

    checkpoint = Checkpoints(tmp_path, upload).of("towers")
    checkpoint.save({"epoch": 1}, stages)
    why = "Failed to upload towers.pt: AccessDenied"
    assert stages.received == [("checkpoint not copied", {"file": checkpoint.path.name, "why": why})]
    assert checkpoint.load(stages) == {"epoch": 1}
