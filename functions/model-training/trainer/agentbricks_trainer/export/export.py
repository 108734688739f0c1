"""Exports a trained model to the files that are served: ONNX, item vectors, a FAISS index, and similar titles.

Sizes: u users, n pairs, L history length, D dimensions, F features.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import torch
from torch import Tensor, nn

from agentbricks_trainer.data.array_types import Floats
from agentbricks_trainer.data.feature_names import FEATURE_NAMES
from agentbricks_trainer.data.run_data_classes import Run
from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.models.two_stage import Fitted
from agentbricks_trainer.models.two_tower.cut_plays_into_windows import HISTORY_LENGTH
from agentbricks_trainer.models.two_tower.two_tower import DIMENSIONS

from .build_index import build_index
from .exported_networks import Scorer, UserTower
from .index_facts_dataclass import IndexFacts
from .model_file_names import INDEX, MODEL, SIMILAR, USER_TOWER, VECTORS
from .onnx_session import session
from .similar_titles import similar_titles

# Numbers of users, and of titles per user, whose vectors and scores are compared between ONNX and PyTorch.
CHECKED_USERS = 20
CHECKED_TITLES = 50
# Largest allowed difference between ONNX and PyTorch.
TOLERANCE = 1e-4
# The first ONNX operator set with GELU as one operator.
OPSET = 20
# Maximum number of users whose vectors tune the index.
INDEX_USERS = 500


@dataclass(frozen=True)
class Exported:
    """Facts about the files, for the manifest."""

    greatest_difference: float  # between ONNX and PyTorch, over the checked pairs
    index: IndexFacts


def export(fitted: Fitted, run: Run, folder: Path) -> Exported:
    """Writes the model's files, and compares the ONNX files with the PyTorch modules.

    Args:
        fitted: Trained model.
        run: Provides users to tune the index for, and pairs to compare.
        folder: Folder for the files. It is created.

    Raises:
        TrainerError: If ONNX and PyTorch differ by more than TOLERANCE.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tower = UserTower(fitted.towers).eval()
    scorer = Scorer(tower, fitted.ranker).eval()
    histories = torch.zeros(2, HISTORY_LENGTH, dtype=torch.long)
    _to_onnx(tower, (histories,), folder / USER_TOWER, ["history"], "vector", {"history": "u", "vector": "u"})
    # Batches of two and three: an exporter may treat a size of 1 as constant.
    pairs = (torch.zeros(2, DIMENSIONS), torch.zeros(3, dtype=torch.long), torch.ones(3, dtype=torch.long))
    names = ["vectors", "user", "titles", "features"]
    example = (*pairs, torch.zeros(3, len(FEATURE_NAMES)))
    sizes = {"vectors": "u", "user": "n", "titles": "n", "features": "n", "scores": "n"}
    _to_onnx(scorer, example, folder / MODEL, names, "scores", sizes)
    vectors = tower.vectors[1:].numpy().astype(np.float32)  # without padding
    (folder / VECTORS).write_bytes(vectors.tobytes())
    index, facts = build_index(vectors, _queries(tower, run))
    faiss.write_index(index, str(folder / INDEX))
    (folder / SIMILAR).write_bytes(similar_titles(index, vectors).tobytes())
    return Exported(_check(tower, scorer, run, folder), facts)


def _queries(tower: UserTower, run: Run) -> Floats:
    """Returns the vectors of a random sample of the run's users, (n, D), to tune the index with."""
    users = np.random.default_rng(0).choice(len(run.user_ids), min(INDEX_USERS, len(run.user_ids)), replace=False)
    history = run.plays.history(users, np.full(len(users), run.as_of), HISTORY_LENGTH)
    history = history[history[:, 0] > 0]
    with torch.no_grad():
        vectors: Floats = tower(torch.from_numpy(history)).numpy().astype(np.float32)
    return vectors


def _to_onnx(
    module: nn.Module, example: tuple[Tensor, ...], path: Path, inputs: list[str], output: str, sizes: dict[str, str]
) -> None:
    """Exports a module by tracing.

    Tracing takes a third of a second. The exporter based on torch.export takes 10 to 40 s, which is longer than a small
    training. `_check` finds errors of tracing.

    Args:
        module: Module to export.
        example: Its inputs.
        path: File to write.
        inputs: Names of the inputs.
        output: Name of the output.
        sizes: Name of the first dimension of each input and output. The exported file accepts any size for it.
    """
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
    """Returns the largest difference between the files and their modules over CHECKED_USERS × CHECKED_TITLES pairs."""
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
    pairs: dict[str, Any] = {"vectors": onnx_vectors, "user": user, "titles": titles, "features": features}
    onnx_scores = session(folder / MODEL).run(None, pairs)[0]
    worst = max(float(np.abs(vectors - onnx_vectors).max()), float(np.abs(scores - onnx_scores).max()))
    if worst > TOLERANCE:
        raise TrainerError(
            f"ONNX and PyTorch differ by {worst:.2e}",
            f"the export changed the model: the largest allowed difference is {TOLERANCE:.0e}",
            "Report this with the versions of torch and onnxruntime; no manifest was written, so nothing is served",
        )
    return worst
