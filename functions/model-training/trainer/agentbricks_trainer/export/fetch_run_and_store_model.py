"""Downloads a run from S3, and uploads its checkpoints and its model.

On a laptop, `localTrainer` in TypeScript copies the run and the model instead.
"""

import json
import os
from pathlib import Path

from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.progress import Report
from agentbricks_trainer.training.checkpoints import Checkpoints

from .model_file_names import MANIFEST
from .write_manifest import paths_by_role

VARIABLES = ("LAKE_BUCKET", "MODELS_BUCKET", "REGISTRY_TABLE")


def fetch(run_id: str, data: Path, champion: Path) -> bool:
    """Downloads a run's files, and the champion's files if there is a champion.

    Args:
        run_id: Run of the pipeline.
        data: Folder for the run's files. It is created.
        champion: Folder for the champion's files. It is created if there is a champion.

    Returns:
        Whether there is a champion.

    Raises:
        TrainerError: If a variable of the environment is missing.
    """
    lake, models, registry = _buckets_and_table()
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
    for name in _model_files(champion):
        s3.download_file(models, f"models/{version}/{name}", str(champion / name))
    return True


def checkpoints(run_id: str, folder: Path, report: Report) -> Checkpoints:
    """Downloads the checkpoints of an earlier attempt, and returns checkpoints that are also stored in S3.

    AWS may reclaim a spot instance at any time. The next attempt resumes from the checkpoints on another machine. A
    failed download is reported, and the training starts from the beginning.

    Args:
        run_id: Run of the pipeline.
        folder: Local folder of the checkpoints. It is created.
        report: Receives the stage "checkpoints not fetched".

    Raises:
        TrainerError: If a variable of the environment is missing.
    """
    lake, _, _ = _buckets_and_table()
    import boto3

    s3 = boto3.client("s3")
    prefix = f"runs/{run_id}/checkpoints/"
    folder.mkdir(parents=True)
    try:
        for entry in s3.list_objects_v2(Bucket=lake, Prefix=prefix).get("Contents", []):
            s3.download_file(lake, entry["Key"], str(folder / entry["Key"].removeprefix(prefix)))
    except Exception as error:  # boto3's errors have no common base class
        report("checkpoints not fetched", why=str(error))
    return Checkpoints(folder, lambda path: s3.upload_file(str(path), lake, f"{prefix}{path.name}"))


def store(run_id: str, out: Path) -> None:
    """Uploads the model's files. The manifest is last, so a run's output with a manifest is complete.

    Args:
        run_id: Run of the pipeline.
        out: Folder with the files.

    Raises:
        TrainerError: If a variable of the environment is missing.
    """
    lake, _, _ = _buckets_and_table()
    import boto3

    s3 = boto3.client("s3")
    for name in (*_model_files(out), MANIFEST):
        s3.upload_file(str(out / name), lake, f"runs/{run_id}/output/{name}")


def _model_files(folder: Path) -> list[str]:
    """Returns the paths of the files that the manifest in a folder lists."""
    return list(paths_by_role(json.loads((folder / MANIFEST).read_text())).values())


def _buckets_and_table() -> tuple[str, str, str]:
    missing = [name for name in VARIABLES if not os.environ.get(name)]
    if missing:
        raise TrainerError(
            f"{', '.join(missing)} is not set",
            "the job was not started by its job definition",
            "Start it through the state machine, or set these variables",
        )
    lake, models, registry = (os.environ[name] for name in VARIABLES)
    return lake, models, registry
