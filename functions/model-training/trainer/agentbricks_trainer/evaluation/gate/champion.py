"""The model that serves now, for comparison: read from its own exported files, as the service reads it."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agentbricks_trainer.data.run import FEATURE_NAMES, Run
from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.evaluation.evaluate import NOT_RETRIEVED, RETRIEVED, Scorer
from agentbricks_trainer.export.export import (
    FORMAT_VERSION,
    MANIFEST,
    MODEL,
    USER_TOWER,
    VECTORS,
    session,
)


@dataclass(frozen=True)
class Champion:
    version: str
    # End of its training data, UTC epoch ms.
    as_of: int
    scorer: Scorer


def champion_of(run: Run, folder: Path) -> Champion:
    """Reads the champion's files, and ranks by them with the features of the split. Raises TrainerError when it cannot be compared."""
    manifest = _manifest(folder)
    tower, model = session(folder / USER_TOWER), session(folder / MODEL)
    vectors = np.fromfile(folder / VECTORS, np.float32).reshape(-1, manifest["dimensions"])
    number = {title: i + 1 for i, title in enumerate(run.titles)}
    ours = np.array([number.get(title, 0) for title in manifest["titles"]])  # its row → our number, 0 where unknown
    theirs = np.zeros(len(run.titles) + 1, np.int64)  # our number → its number
    theirs[ours] = np.arange(1, len(ours) + 1)
    theirs[0] = 0

    def of_user(user: np.ndarray, history: np.ndarray) -> np.ndarray:
        scores = np.full(len(run.titles) + 1, -np.inf, np.float32)
        known = theirs[history][theirs[history] > 0][: manifest["historyLength"]]
        if len(known) == 0:
            return scores
        padded = np.zeros((1, manifest["historyLength"]), np.int64)
        padded[0, : len(known)] = known
        mine = tower.run(None, {"history": padded})[0]  # (1, D)
        near = vectors @ mine[0]
        near[(ours == 0) | ~run.at_split.title_known[ours] | np.isin(ours, history)] = -np.inf
        scores[ours] = near - NOT_RETRIEVED
        rows = np.argsort(-near, kind="stable")[: min(RETRIEVED, np.isfinite(near).sum())]
        features = run.at_split.features(user, run.affinity(user))[0, ours[rows]]
        inputs = {"vectors": mine, "user": np.zeros_like(rows), "titles": rows + 1, "features": features}
        scores[ours[rows]] = model.run(None, inputs)[0]
        scores[0] = -np.inf
        return scores

    def score(users: np.ndarray, history: np.ndarray) -> np.ndarray:
        scores = np.empty((len(users), len(run.titles) + 1), np.float32)  # of nobody, too
        for i in range(len(users)):
            scores[i] = of_user(users[i : i + 1], history[i])
        return scores

    return Champion(manifest["version"], manifest["asOf"], score)


def _manifest(folder: Path) -> dict:
    path = folder / MANIFEST
    if not path.is_file():
        raise TrainerError(
            f"{folder} holds no {MANIFEST}",
            "the champion's files were not copied whole",
            "Run the pipeline again; if it goes on, promote another version",
        )
    manifest = json.loads(path.read_text())
    if manifest["formatVersion"] != FORMAT_VERSION:
        raise TrainerError(
            f"the champion {manifest['version']} is of format {manifest['formatVersion']}, not {FORMAT_VERSION}",
            "it was trained by another version of AgentBricks",
            "Take the alias champion away: agentbricks models alias champion none",
        )
    if tuple(manifest["features"]) != FEATURE_NAMES:
        raise TrainerError(
            f"the champion {manifest['version']} was trained on the features {', '.join(manifest['features'])}",
            "the features have changed since, so it cannot be compared with",
            "Take the alias champion away, or train it again",
        )
    return manifest
