"""From PyTorch to files that are served: ONNX, item vectors, a FAISS index, and the manifest that vouches for them."""

import hashlib
import json
import logging
import warnings
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

from .data import FEATURE_NAMES, Run
from .errors import TrainerError
from .index import IndexFacts, build_index
from .models.two_tower import DIMENSIONS, HISTORY_LENGTH, TwoTower
from .ranker import Ranker
from .train import Fitted

USER_TOWER, MODEL, INDEX, VECTORS = "user-tower.onnx", "model.onnx", "index.faiss", "item-vectors.f32"
FILES = (USER_TOWER, MODEL, INDEX, VECTORS)
MANIFEST = "manifest.json"
VERSION_DIGITS = 12
CHECKED_USERS = 20
CHECKED_TITLES = 50
TOLERANCE = 1e-4
# For whom the index is tuned.
ASKED_USERS = 500


class UserTower(nn.Module):
    """history (1, L) → vector (1, D)."""

    def __init__(self, towers: TwoTower) -> None:
        super().__init__()
        self.towers = towers
        self.register_buffer("vectors", towers.titles().detach())

    def forward(self, history: Tensor) -> Tensor:
        return self.towers.user(history, self.vectors)


class Scorer(nn.Module):
    """history (1, L), titles (n,), features (n, F) → scores (n,)."""

    def __init__(self, towers: TwoTower, ranker: Ranker) -> None:
        super().__init__()
        self.user = UserTower(towers)
        self.ranker = ranker

    def forward(self, history: Tensor, titles: Tensor, features: Tensor) -> Tensor:
        user = self.user(history)  # (1, D)
        title = self.user.vectors[titles]  # (n, D)
        return self.ranker(user, title, features)


@dataclass(frozen=True)
class Exported:
    """What the manifest says of the files."""

    # Between ONNX and PyTorch, on pairs drawn from the run.
    greatest_difference: float
    index: IndexFacts


def export(fitted: Fitted, run: Run, folder: Path) -> Exported:
    """Writes FILES. Raises TrainerError where ONNX and PyTorch differ."""
    folder.mkdir(parents=True, exist_ok=True)
    scorer = Scorer(fitted.towers, fitted.ranker).eval()
    history = torch.zeros(1, HISTORY_LENGTH, dtype=torch.long)
    pair = (history, torch.ones(2, dtype=torch.long), torch.zeros(2, len(FEATURE_NAMES)))
    n = torch.export.Dim("n")
    _to_onnx(scorer.user, (history,), folder / USER_TOWER, ["history"], ["vector"], None)
    _to_onnx(scorer, pair, folder / MODEL, ["history", "titles", "features"], ["scores"], ({}, {0: n}, {0: n}))
    vectors = scorer.user.vectors[1:].numpy().astype(np.float32)
    (folder / VECTORS).write_bytes(vectors.tobytes())
    index, facts = build_index(vectors, _askers(scorer.user, run))
    faiss.write_index(index, str(folder / INDEX))
    return Exported(_check(scorer, run, folder), facts)


def _askers(tower: UserTower, run: Run) -> np.ndarray:
    """Vectors of users drawn from the run, as the service will ask for them: (n, D)."""
    users = np.random.default_rng(0).choice(len(run.user_ids), min(ASKED_USERS, len(run.user_ids)), replace=False)
    history = run.plays.history(users, np.full(len(users), run.as_of), HISTORY_LENGTH)
    history = history[history[:, 0] > 0]
    with torch.no_grad():
        return tower(torch.from_numpy(history)).numpy().astype(np.float32)


def _to_onnx(
    module: nn.Module, example: tuple, path: Path, inputs: list[str], outputs: list[str], shapes: tuple | None
) -> None:
    logging.getLogger("onnxscript").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            example,
            str(path),
            input_names=inputs,
            output_names=outputs,
            dynamic_shapes=shapes,
            dynamo=True,
            external_data=False,
            verbose=False,
        )


def _check(scorer: Scorer, run: Run, folder: Path) -> float:
    """Compares both files with the modules they came from on CHECKED_USERS × CHECKED_TITLES pairs. Raises TrainerError."""
    random = np.random.default_rng(0)
    tower, model = (session(folder / name) for name in (USER_TOWER, MODEL))
    worst = 0.0
    for user in random.integers(0, len(run.user_ids), CHECKED_USERS):
        history = run.plays.history(np.array([user]), np.array([run.as_of]), HISTORY_LENGTH)
        titles = random.integers(1, len(run.titles) + 1, CHECKED_TITLES)
        rows = random.integers(0, max(1, len(run.rows)), CHECKED_TITLES)
        features = run.rows.features[rows] if len(run.rows) else np.zeros((len(titles), len(FEATURE_NAMES)), np.float32)
        with torch.no_grad():
            vector = scorer.user(torch.from_numpy(history)).numpy()
            scores = scorer(*map(torch.from_numpy, (history, titles, features))).numpy()
        onnx_vector = tower.run(None, {"history": history})[0]
        onnx_scores = model.run(None, {"history": history, "titles": titles, "features": features})[0]
        worst = max(worst, float(np.abs(vector - onnx_vector).max()), float(np.abs(scores - onnx_scores).max()))
    if worst > TOLERANCE:
        raise TrainerError(
            f"ONNX and PyTorch differ by {worst:.2e}",
            f"the export changed the model: at most {TOLERANCE:.0e} is allowed",
            "Report this with the versions of torch and onnxruntime; nothing was written for serving",
        )
    return worst


def session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def write_manifest(folder: Path, facts: dict) -> dict:
    """Adds each file's hash and the version made from them; written last, so that a manifest means a whole model."""
    files = {name: _entry(folder / name) for name in FILES}
    together = "".join(files[name]["sha256"] for name in sorted(FILES))
    version = hashlib.sha256(together.encode()).hexdigest()[:VERSION_DIGITS]
    manifest = {
        "formatVersion": 1,
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


def _entry(path: Path) -> dict:
    content = path.read_bytes()
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
