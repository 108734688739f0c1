"""Fetches a run from S3 and puts the model back: what localstack/embedded/trainer/local-trainer.ts does on a laptop."""

import os
from pathlib import Path

from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.training.checkpoints import Checkpoints

from .export import FILES, MANIFEST

VARIABLES = ("LAKE_BUCKET", "MODELS_BUCKET", "REGISTRY_TABLE")


def fetch(run_id: str, data: Path, champion: Path) -> bool:
    """The run's files to `data`; the champion's, where there is one, to `champion`. Returns whether there is one."""
    lake, models, registry = _settings()
    import boto3

    s3 = boto3.client("s3")
    prefix = f"runs/{run_id}/"
    data.mkdir(parents=True)
    for entry in s3.list_objects_v2(Bucket=lake, Prefix=prefix, Delimiter="/").get("Contents", []):
        s3.download_file(lake, entry["Key"], str(data / entry["Key"].removeprefix(prefix)))
    table = boto3.resource("dynamodb").Table(registry)
    pointer = table.get_item(Key={"pk": "alias", "sk": "champion"}, ConsistentRead=True).get("Item")
    if pointer is None or pointer["item"]["version"] is None:
        return False
    version = pointer["item"]["version"]
    item = table.get_item(Key={"pk": "version", "sk": version}, ConsistentRead=True)["Item"]["item"]
    champion.mkdir(parents=True)
    s3.download_file(models, item["manifest"]["key"], str(champion / MANIFEST))
    for name in FILES:
        s3.download_file(models, f"models/{version}/{name}", str(champion / name))
    return True


def checkpoints(run_id: str, folder: Path) -> Checkpoints:
    """What an attempt before this one has left in S3, and where this one leaves its own: spot instances are taken away."""
    lake, _, _ = _settings()
    import boto3

    s3 = boto3.client("s3")
    prefix = f"runs/{run_id}/checkpoints/"
    folder.mkdir(parents=True)
    for entry in s3.list_objects_v2(Bucket=lake, Prefix=prefix).get("Contents", []):
        s3.download_file(lake, entry["Key"], str(folder / entry["Key"].removeprefix(prefix)))
    return Checkpoints(folder, lambda path: s3.upload_file(str(path), lake, f"{prefix}{path.name}"))


def store(run_id: str, out: Path) -> None:
    """The manifest last: with it the run's output is whole."""
    lake, _, _ = _settings()
    import boto3

    s3 = boto3.client("s3")
    for name in (*FILES, MANIFEST):
        s3.upload_file(str(out / name), lake, f"runs/{run_id}/output/{name}")


def _settings() -> tuple[str, str, str]:
    missing = [name for name in VARIABLES if not os.environ.get(name)]
    if missing:
        raise TrainerError(
            f"{', '.join(missing)} is not set",
            "the job was not started by its job definition",
            "Start it through the state machine, or set these variables",
        )
    lake, models, registry = (os.environ[name] for name in VARIABLES)
    return lake, models, registry
