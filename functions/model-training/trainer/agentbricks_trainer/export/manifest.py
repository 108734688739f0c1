"""The manifest of a model: its files with their hashes, what it was trained on, and how good it is."""

import hashlib
import json
from pathlib import Path
from typing import Any

from agentbricks_trainer.data.feature_names import FEATURE_NAMES
from agentbricks_trainer.models.two_tower.two_tower import DIMENSIONS
from agentbricks_trainer.models.two_tower.windows import HISTORY_LENGTH

from .model_files import FILES, MANIFEST

# Version of the files and of their inputs. The manifest's schema in TypeScript has the same.
FORMAT_VERSION = 2
VERSION_DIGITS = 12


def write_manifest(folder: Path, facts: dict[str, Any]) -> dict[str, Any]:
    """Writes the manifest atomically and last: a folder with a manifest has a complete model.

    Args:
        folder: Folder with the model's files.
        facts: Further fields of the manifest, JSON values.

    Returns:
        The manifest, with each file's hash and the version made from the hashes.
    """
    files = {name: _entry(folder / name) for name in FILES}
    together = "".join(files[name]["sha256"] for name in sorted(FILES))
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


def _entry(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
