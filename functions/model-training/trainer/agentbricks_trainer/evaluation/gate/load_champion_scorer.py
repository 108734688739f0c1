"""Reads the champion, the model that serves now, from the exported files that the service reads."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from agentbricks_trainer.data.array_types import Bools, Floats, Ints
from agentbricks_trainer.data.feature_names import FEATURE_NAMES
from agentbricks_trainer.data.run_data_classes import Run
from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.evaluation.candidate_and_popularity_scorers import NOT_RETRIEVED, RETRIEVED, Scorer
from agentbricks_trainer.export.model_file_names import MANIFEST
from agentbricks_trainer.export.onnx_session import session
from agentbricks_trainer.export.write_manifest import READABLE_VERSIONS, paths_by_role


@dataclass(frozen=True)
class Champion:
    """The model that serves now."""

    version: str
    as_of: int  # end of its training data, UTC epoch ms
    scorer: Scorer


def read_champion(run: Run, folder: Path) -> Champion:
    """Reads the champion's files. Its scorer uses features as of the split.

    Raises:
        TrainerError: If a file is missing, or the model has another format or other features.
    """
    manifest = _manifest(folder)
    return Champion(manifest["version"], manifest["asOf"], _ChampionScorer(run, folder, manifest))


class _ChampionScorer:
    """Retrieves and ranks with the champion's exported models. Its catalogue may differ from the run's."""

    def __init__(self, run: Run, folder: Path, manifest: dict[str, Any]) -> None:
        self.run = run
        paths = {role: folder / path for role, path in paths_by_role(manifest).items()}
        self.tower, self.model = session(paths["user-tower"]), session(paths["ranker"])
        self.vectors: Floats = np.fromfile(paths["item-vectors"], np.float32).reshape(-1, manifest["dimensions"])
        self.history_length: int = manifest["historyLength"]
        number = {title: i + 1 for i, title in enumerate(run.titles)}
        # Row of the champion's catalogue → title number of the run, 0 where the run lacks the title.
        self.ours = np.array([number.get(title, 0) for title in manifest["titles"]])
        # Title number of the run → title number of the champion, 0 where the champion lacks the title.
        self.theirs = np.zeros(len(run.titles) + 1, np.int64)
        self.theirs[self.ours] = np.arange(1, len(self.ours) + 1)
        self.theirs[0] = 0

    def __call__(self, users: Ints, history: Ints) -> Floats:
        scores = np.empty((len(users), len(self.run.titles) + 1), np.float32)  # users may be empty
        for i in range(len(users)):
            scores[i] = self._of_user(users[i : i + 1], history[i])
        return scores

    def _of_user(self, user: Ints, history: Ints) -> Floats:
        """Returns scores, (C + 1,), for one user, (1,), with a history, (L,)."""
        run, ours = self.run, self.ours
        scores = np.full(len(run.titles) + 1, -np.inf, np.float32)
        known = self.theirs[history][self.theirs[history] > 0][: self.history_length]
        if len(known) == 0:
            return scores
        padded = np.zeros((1, self.history_length), np.int64)
        padded[0, : len(known)] = known
        vector = self.tower.run(None, {"history": padded})[0]  # (1, D)
        near = self.vectors @ vector[0]
        excluded: Bools = (ours == 0) | ~run.at_split.title_known[ours] | np.isin(ours, history)
        near[excluded] = -np.inf
        scores[ours] = near - NOT_RETRIEVED
        rows = np.argsort(-near, kind="stable")[: min(RETRIEVED, np.isfinite(near).sum())]
        features = run.at_split.features(user, run.affinity(user))[0, ours[rows]]
        inputs = {"vectors": vector, "user": np.zeros_like(rows), "titles": rows + 1, "features": features}
        scores[ours[rows]] = self.model.run(None, inputs)[0]
        scores[0] = -np.inf
        return scores


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise TrainerError(
            f"{folder} has no {MANIFEST}",
            "the champion's files were not copied completely",
            "Run the pipeline again; if that fails too, promote another version",
        )
    manifest: dict[str, Any] = json.loads(path.read_text())
    if manifest["formatVersion"] not in READABLE_VERSIONS:
        readable = " or ".join(map(str, READABLE_VERSIONS))
        raise TrainerError(
            f"the champion {manifest['version']} has format {manifest['formatVersion']}, not {readable}",
            "it was trained by another version of AgentBricks",
            "Remove the alias champion: agentbricks models alias champion none",
        )
    if tuple(manifest["features"]) != FEATURE_NAMES:
        raise TrainerError(
            f"the champion {manifest['version']} was trained on the features {', '.join(manifest['features'])}",
            "the features have changed since, so the candidate cannot be compared with it",
            "Remove the alias champion, or train it again",
        )
    return manifest
