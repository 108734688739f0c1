"""The manifest of a model's files."""

import hashlib
import json
from pathlib import Path

import pytest

from agentbricks_trainer.export.model_file_names import FILES, INDEX, MODEL
from agentbricks_trainer.export.write_manifest import paths_by_role, write_manifest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for i, name in enumerate(FILES.values()):
        (tmp_path / name).write_bytes(bytes([i]) * (i + 1))
    return tmp_path


def test_the_version_is_the_hash_over_the_files_hashes_in_the_order_of_their_names(folder: Path) -> None:
    manifest = write_manifest(folder, {"seed": 3})
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES.values()}
    expected = hashlib.sha256("".join(hashes[name] for name in sorted(hashes)).encode()).hexdigest()[:12]
    assert manifest["version"] == expected
    assert manifest["seed"] == 3
    assert json.loads((folder / "manifest.json").read_text()) == manifest


def test_files_are_listed_with_their_roles(folder: Path) -> None:
    manifest = write_manifest(folder, {})
    assert manifest["formatVersion"] == 3
    assert [file["role"] for file in manifest["files"]] == list(FILES)
    ranker = next(file for file in manifest["files"] if file["role"] == "ranker")
    sha256 = hashlib.sha256((folder / MODEL).read_bytes()).hexdigest()
    assert ranker == {"role": "ranker", "path": MODEL, "sha256": sha256, "bytes": 2}
    assert paths_by_role(manifest) == FILES


def test_files_of_an_older_manifest_have_the_same_roles() -> None:
    assert paths_by_role({"formatVersion": 2, "files": {path: {} for path in FILES.values()}}) == FILES


def test_another_file_is_another_version(folder: Path) -> None:
    version = write_manifest(folder, {})["version"]
    (folder / INDEX).write_bytes(b"changed")
    assert write_manifest(folder, {})["version"] != version


def test_a_number_that_is_not_finite_is_not_written(folder: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_manifest(folder, {"metric": float("nan")})
    assert not (folder / "manifest.json").exists()
