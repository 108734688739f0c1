"""The files of a job on AWS Batch, with a fake boto3."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.export import fetch_run_and_store_model
from agentbricks_trainer.export.model_file_names import FILES, MANIFEST, MODEL
from tests.support.recording_report import Stages

VERSION = "0123456789ab"
LISTED = [{"role": role, "path": path} for role, path in FILES.items()]


class S3:
    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}
        self.uploads: list[str] = []

    def list_objects_v2(self, Bucket: str, Prefix: str, Delimiter: str = "") -> dict[str, list[dict[str, str]]]:  # noqa: N803
        keys = [key for bucket, key in sorted(self.objects) if bucket == Bucket and key.startswith(Prefix)]
        if Delimiter:
            keys = [key for key in keys if Delimiter not in key.removeprefix(Prefix)]
        return {"Contents": [{"Key": key} for key in keys]} if keys else {}

    def download_file(self, bucket: str, key: str, path: str) -> None:
        Path(path).write_bytes(self.objects[bucket, key])

    def upload_file(self, path: str, bucket: str, key: str) -> None:
        self.objects[bucket, key] = Path(path).read_bytes()
        self.uploads.append(key)


class Table:
    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, object]] = {}

    def get_item(self, Key: dict[str, str], ConsistentRead: bool) -> dict[str, object]:  # noqa: N803
        assert ConsistentRead
        item = self.items.get((Key["pk"], Key["sk"]))
        return {"Item": {"item": item}} if item else {}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    s3, table = S3(), Table()

    def named(name: str) -> Table:
        assert name == "registry"
        return table

    boto3 = SimpleNamespace(client=lambda _: s3, resource=lambda _: SimpleNamespace(Table=named))
    monkeypatch.setitem(sys.modules, "boto3", boto3)
    for variable, value in zip(fetch_run_and_store_model.VARIABLES, ("lake", "models", "registry"), strict=True):
        monkeypatch.setenv(variable, value)
    s3.objects["lake", "runs/r1/meta.json"] = b"{}"
    s3.objects["lake", "runs/r1/titles.parquet"] = b"parquet"
    s3.objects["lake", "runs/r1/output/old.onnx"] = b"of another attempt"
    s3.objects["lake", "runs/r2/meta.json"] = b"another run"
    return SimpleNamespace(s3=s3, table=table)


def test_a_runs_files_are_fetched_but_not_its_folders(cloud: SimpleNamespace, tmp_path: Path) -> None:
    assert not fetch_run_and_store_model.fetch("r1", tmp_path / "data", tmp_path / "champion")
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["meta.json", "titles.parquet"]
    assert not (tmp_path / "champion").exists()
    cloud.table.items["alias", "champion"] = {"version": None}
    assert not fetch_run_and_store_model.fetch("r1", tmp_path / "again", tmp_path / "champion")


@pytest.mark.parametrize("files", [LISTED, {path: {} for path in FILES.values()}], ids=["format 3", "format 2"])
def test_the_champion_is_fetched_with_its_manifest(cloud: SimpleNamespace, tmp_path: Path, files: object) -> None:
    cloud.table.items["alias", "champion"] = {"version": VERSION}
    cloud.table.items["version", VERSION] = {"manifest": {"key": f"manifests/{VERSION}.json"}}
    cloud.s3.objects["models", f"manifests/{VERSION}.json"] = json.dumps({"files": files}).encode()
    for name in FILES.values():
        cloud.s3.objects["models", f"models/{VERSION}/{name}"] = name.encode()
    assert fetch_run_and_store_model.fetch("r1", tmp_path / "data", tmp_path / "champion")
    assert sorted(path.name for path in (tmp_path / "champion").iterdir()) == sorted([*FILES.values(), MANIFEST])
    assert (tmp_path / "champion" / MODEL).read_text() == MODEL


def test_checkpoints_of_an_earlier_attempt_are_fetched_and_new_ones_stored(
    cloud: SimpleNamespace, tmp_path: Path, stages: Stages
) -> None:
    cloud.s3.objects["lake", "runs/r1/checkpoints/towers-1.pt"] = b"epoch 2"
    checkpoints = fetch_run_and_store_model.checkpoints("r1", tmp_path / "checkpoints", stages)
    assert (tmp_path / "checkpoints/towers-1.pt").read_bytes() == b"epoch 2"
    (tmp_path / "checkpoints/towers-1.pt").write_bytes(b"epoch 3")
    checkpoints.on_stored(tmp_path / "checkpoints/towers-1.pt")
    assert cloud.s3.objects["lake", "runs/r1/checkpoints/towers-1.pt"] == b"epoch 3"


def test_a_checkpoint_that_cannot_be_fetched_is_reported_and_counts_as_none(
    cloud: SimpleNamespace, tmp_path: Path, stages: Stages, monkeypatch: pytest.MonkeyPatch
) -> None:
    class ClientError(Exception):
        """As in botocore."""

    def refuse(*_: str) -> None:
        raise ClientError("An error occurred (403) when calling the HeadObject operation: Forbidden")

    cloud.s3.objects["lake", "runs/r1/checkpoints/towers-1.pt"] = b"epoch 2"
    monkeypatch.setattr(cloud.s3, "download_file", refuse)
    checkpoints = fetch_run_and_store_model.checkpoints("r1", tmp_path / "checkpoints", stages)
    assert stages.names == ["checkpoints not fetched"]
    checkpoints.of("towers").save({"epoch": 1}, stages)
    assert len(cloud.s3.uploads) == 1


def test_the_manifest_is_stored_last(cloud: SimpleNamespace, tmp_path: Path) -> None:
    for name in FILES.values():
        (tmp_path / name).write_text(name)
    (tmp_path / MANIFEST).write_text(json.dumps({"files": LISTED}))
    fetch_run_and_store_model.store("r1", tmp_path)
    assert cloud.s3.uploads == [f"runs/r1/output/{name}" for name in (*FILES.values(), MANIFEST)]


def test_a_job_without_its_variables_is_rejected(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in fetch_run_and_store_model.VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LAKE_BUCKET", "lake")
    with pytest.raises(TrainerError, match="MODELS_BUCKET, REGISTRY_TABLE is not set"):
        fetch_run_and_store_model.store("r1", tmp_path)
