"""From PyTorch to files that are served: ONNX, item vectors, a FAISS index, and the manifest that vouches for them."""

import hashlib
import json
import warnings
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

from agentbricks_trainer.data.run import FEATURE_NAMES, Run
from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.models.ranker import Ranker
from agentbricks_trainer.models.two_stage import Fitted
from agentbricks_trainer.models.two_tower.two_tower import (
    DIMENSIONS,
    HISTORY_LENGTH,
    TwoTower,
)

from .build_index import IndexFacts, build_index, similar_titles

USER_TOWER, MODEL, INDEX = "user-tower.onnx", "model.onnx", "index.faiss"
VECTORS, SIMILAR = "item-vectors.f32", "similar-titles.i32"
FILES = (USER_TOWER, MODEL, INDEX, VECTORS, SIMILAR)
MANIFEST = "manifest.json"
# Of the files and of what goes into them: layers/domain/models/model-manifest.ts has the same.
FORMAT_VERSION = 2
VERSION_DIGITS = 12
CHECKED_USERS = 20
CHECKED_TITLES = 50
TOLERANCE = 1e-4
# The first with GELU as one operator.
OPSET = 20
# For whom the index is tuned.
ASKED_USERS = 500


class UserTower(nn.Module):
    """history (u, L) → vector (u, D): many users at once, because a run of many costs little more than a run of one."""

    def __init__(self, towers: TwoTower) -> None:
        super().__init__()
        self.towers = towers
        self.register_buffer("vectors", towers.titles().detach())

    def forward(self, history: Tensor) -> Tensor:
        return self.towers.user(history, self.vectors)


class Scorer(nn.Module):
    """What the ranker makes of pairs. vectors (u, D) of users, user (n,): whose pair it is, titles (n,), features (n, F) → scores (n,)."""

    def __init__(self, tower: UserTower, ranker: Ranker) -> None:
        super().__init__()
        self.register_buffer("titles", tower.vectors)
        self.ranker = ranker

    def forward(self, vectors: Tensor, user: Tensor, titles: Tensor, features: Tensor) -> Tensor:
        return self.ranker(vectors[user], self.titles[titles], features)


@dataclass(frozen=True)
class Exported:
    """What the manifest says of the files."""

    # Between ONNX and PyTorch, on pairs drawn from the run.
    greatest_difference: float
    index: IndexFacts


def export(fitted: Fitted, run: Run, folder: Path) -> Exported:
    """Writes FILES. Raises TrainerError where ONNX and PyTorch differ."""
    folder.mkdir(parents=True, exist_ok=True)
    tower = UserTower(fitted.towers).eval()
    scorer = Scorer(tower, fitted.ranker).eval()
    histories = torch.zeros(2, HISTORY_LENGTH, dtype=torch.long)
    _to_onnx(tower, (histories,), folder / USER_TOWER, ["history"], "vector", {"history": "u", "vector": "u"})
    pairs = (torch.zeros(2, DIMENSIONS), torch.zeros(3, dtype=torch.long), torch.ones(3, dtype=torch.long))
    names = ["vectors", "user", "titles", "features"]
    example = (*pairs, torch.zeros(3, len(FEATURE_NAMES)))
    sizes = {"vectors": "u", "user": "n", "titles": "n", "features": "n", "scores": "n"}
    _to_onnx(scorer, example, folder / MODEL, names, "scores", sizes)
    vectors = tower.vectors[1:].numpy().astype(np.float32)
    (folder / VECTORS).write_bytes(vectors.tobytes())
    index, facts = build_index(vectors, _askers(tower, run))
    faiss.write_index(index, str(folder / INDEX))
    (folder / SIMILAR).write_bytes(similar_titles(index, vectors).tobytes())
    return Exported(_check(tower, scorer, run, folder), facts)


def _askers(tower: UserTower, run: Run) -> np.ndarray:
    """Vectors of users drawn from the run, as the service will ask for them: (n, D)."""
    users = np.random.default_rng(0).choice(len(run.user_ids), min(ASKED_USERS, len(run.user_ids)), replace=False)
    history = run.plays.history(users, np.full(len(users), run.as_of), HISTORY_LENGTH)
    history = history[history[:, 0] > 0]
    with torch.no_grad():
        return tower(torch.from_numpy(history)).numpy().astype(np.float32)


def _to_onnx(module: nn.Module, example: tuple, path: Path, inputs: list[str], output: str, sizes: dict[str, str]) -> None:
    """Names in `sizes` give the first dimension of inputs and output: it may be any number.

    By tracing, in a third of a second: the exporter on torch.export takes 10 to 40, which is longer than a small training. What
    tracing gets wrong, `_check` finds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            example,
            str(path),
            input_names=inputs,
            output_names=[output],
            dynamic_axes={name: {0: size} for name, size in sizes.items()},
            opset_version=OPSET,
            dynamo=False,
        )


def _check(tower: UserTower, scorer: Scorer, run: Run, folder: Path) -> float:
    """Compares both files with the modules they came from on CHECKED_USERS × CHECKED_TITLES pairs. Raises TrainerError."""
    random = np.random.default_rng(0)
    users = random.integers(0, len(run.user_ids), CHECKED_USERS)
    history = run.plays.history(users, np.full(CHECKED_USERS, run.as_of), HISTORY_LENGTH)
    user = np.repeat(np.arange(CHECKED_USERS), CHECKED_TITLES)
    titles = random.integers(1, len(run.titles) + 1, len(user))
    rows = random.integers(0, max(1, len(run.rows)), len(user))
    features = run.rows.features[rows] if len(run.rows) else np.zeros((len(user), len(FEATURE_NAMES)), np.float32)
    with torch.no_grad():
        vectors = tower(torch.from_numpy(history)).numpy()
        scores = scorer(*map(torch.from_numpy, (vectors, user, titles, features))).numpy()
    onnx_vectors = session(folder / USER_TOWER).run(None, {"history": history})[0]
    pairs = {"vectors": onnx_vectors, "user": user, "titles": titles, "features": features}
    onnx_scores = session(folder / MODEL).run(None, pairs)[0]
    worst = max(float(np.abs(vectors - onnx_vectors).max()), float(np.abs(scores - onnx_scores).max()))
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


def _entry(path: Path) -> dict:
    content = path.read_bytes()
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
