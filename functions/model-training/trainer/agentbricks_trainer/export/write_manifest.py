"""The manifest of a model: its files with their roles and hashes, what it was trained on, and how good it is."""

import hashlib
import json
from pathlib import Path
from typing import Any

from agentbricks_trainer.data.feature_names import FEATURE_NAMES
from agentbricks_trainer.models.two_tower.cut_plays_into_windows import HISTORY_LENGTH
from agentbricks_trainer.models.two_tower.two_tower import DIMENSIONS

from .model_file_names import FILES, MANIFEST

# Version of the manifest's format and of the inputs of the model's files; the same as in the TypeScript schema.
FORMAT_VERSION = 3
# In format 2, `files` was an object with the paths of FILES as keys. The files themselves are the same as in format 3.
READABLE_VERSIONS = (2, FORMAT_VERSION)
VERSION_DIGITS = 12


def write_manifest(folder: Path, facts: dict[str, Any]) -> dict[str, Any]:
    """Writes the manifest atomically and last: a folder with a manifest has a complete model.

    Args:
        folder: Folder with the model's files.
        facts: Further fields of the manifest, JSON values.

    Returns:
        The manifest, with each file's role and hash, and the version made from the hashes.
    """
    files = [{"role": role, "path": path, **_hash_and_size(folder / path)} for role, path in FILES.items()]
    together = "".join(file["sha256"] for file in sorted(files, key=lambda file: file["path"]))
    version = hashlib.sha256(together.encode()).hexdigest()[:VERSION_DIGITS]
    manifest = {
        "formatVersion": FORMAT_VERSION,
        "version": version,
        "dimensions": DIMENSIONS,
        "historyLength": HISTORY_LENGTH,
        "features": list(FEATURE_NAMES),
        "files": files,
        **facts,
    }
    temporary = folder / f".{MANIFEST}"
    temporary.write_text(json.dumps(manifest, allow_nan=False))
    temporary.replace(folder / MANIFEST)
    return manifest


def paths_by_role(manifest: dict[str, Any]) -> dict[str, str]:
    """Returns the path of each file in the model's folder, for a manifest of any of the READABLE_VERSIONS."""
    files = manifest["files"]
    if isinstance(files, dict):
        return dict(FILES)
    return {file["role"]: file["path"] for file in files}


def _hash_and_size(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
