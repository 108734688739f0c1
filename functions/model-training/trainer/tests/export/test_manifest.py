"""The manifest."""

import hashlib
import json
from pathlib import Path

import pytest

from agentbricks_trainer.export.manifest import write_manifest
from agentbricks_trainer.export.model_files import FILES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for i, name in enumerate(FILES):
        (tmp_path / name).write_bytes(bytes([i]) * (i + 1))
    return tmp_path


def test_the_version_is_the_hash_over_the_files_hashes_in_the_order_of_their_names(folder: Path) -> None:
    manifest = write_manifest(folder, {"seed": 3})
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}
    expected = hashlib.sha256("".join(hashes[name] for name in sorted(hashes)).encode()).hexdigest()[:12]
    assert manifest["version"] == expected
    assert manifest["seed"] == 3
    assert json.loads((folder / "manifest.json").read_text()) == manifest


def test_another_file_is_another_version(folder: Path) -> None:
    version = write_manifest(folder, {})["version"]
    (folder / FILES[2]).write_bytes(b"changed")
    assert write_manifest(folder, {})["version"] != version


def test_a_number_that_is_not_finite_is_not_written(folder: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_manifest(folder, {"metric": float("nan")})
    assert not (folder / "manifest.json").exists()
