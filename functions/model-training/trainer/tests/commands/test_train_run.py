"""The command `train`, from folder to folder."""

import json
from pathlib import Path

from agentbricks_trainer.data.run_data_classes import Run
from agentbricks_trainer.export.model_file_names import FILES
from agentbricks_trainer.train_run import train_run
from agentbricks_trainer.training.checkpoints import Checkpoints


def test_a_run_becomes_a_model_with_a_manifest(run_folder: Path, small_run: Run, tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "checkpoints")
    manifest = train_run(run_folder, tmp_path / "out", None, 3, False, "abc", checkpoints)
    assert json.loads((tmp_path / "out/manifest.json").read_text()) == manifest
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted([*FILES.values(), "manifest.json"])
    assert (manifest["seed"], manifest["codeCommit"], manifest["asOf"]) == (3, "abc", small_run.as_of)
    assert manifest["titles"] == small_run.titles
    assert manifest["rows"] == {"train": 1200, "test": 300, "users": 60, "titles": 40}
    assert manifest["onnxMaxDifference"] <= 1e-4
    assert len(list((tmp_path / "checkpoints").iterdir())) == 2  # as of the split, and of all data
    again = train_run(run_folder, tmp_path / "again", None, 3, False, "abc")
    assert again["version"] == manifest["version"]
    next_one = train_run(run_folder, tmp_path / "next", tmp_path / "out", 4, False, "abc")
    assert next_one["gate"]["incumbent"] == manifest["version"]
    assert next_one["version"] != manifest["version"]
