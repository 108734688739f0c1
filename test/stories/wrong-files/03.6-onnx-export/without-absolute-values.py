"""Exports a trained model to the files that are served: ONNX, item vectors, a FAISS index, and similar titles.

Sizes: u users, n pairs, L history length, D dimensions, F features.
"""

from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
import torch

from agentbricks_trainer.data.array_types import Floats
from agentbricks_trainer.data.run_data_classes import Run
from agentbricks_trainer.models.two_stage import Fitted
from agentbricks_trainer.models.two_tower.two_tower import DIMENSIONS
from agentbricks_trainer.models.two_tower.cut_plays_into_windows import HISTORY_LENGTH

from agentbricks_trainer.errors import TrainerError

from .build_index import build_index
from .index_facts_dataclass import IndexFacts
from .model_file_names import INDEX, MODEL, SIMILAR, USER_TOWER, VECTORS
from .onnx_session import session
from .exported_networks import Scorer, UserTower
from .similar_titles import similar_titles

# Largest allowed difference between ONNX and PyTorch.
TOLERANCE = 1e-4
# The first ONNX operator set with GELU as one operator.
OPSET = 20
# Number of users to compare ONNX with PyTorch for.
CHECKED_USERS = 32
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
    tower = UserTower(fitted.towers)
    scorer = Scorer(tower, fitted.ranker)
    tower.eval()
    scorer.eval()
    rng = np.random.default_rng(1)
    users = rng.choice(len(run.user_ids), min(CHECKED_USERS, len(run.user_ids)), replace=False)
    history = run.plays.history(users, np.full(len(users), run.as_of), HISTORY_LENGTH)
    history = np.concatenate([history, np.zeros_like(history[:1])]).astype(np.int64)
    c = len(run.titles)
    user = np.repeat(np.arange(len(history)), c)
    titles = np.tile(np.arange(1, c + 1), len(history))
    features = np.resize(run.rows.features, (len(user), run.rows.features.shape[1])).astype(np.float32)
    with torch.no_grad():
        here = tower(torch.from_numpy(history)).numpy()
    torch.onnx.export(
        tower,
        (torch.from_numpy(history[-3:]),),
        str(folder / USER_TOWER),
        input_names=["history"],
        output_names=["vector"],
        dynamic_axes={"history": {0: "u"}, "vector": {0: "u"}},
        opset_version=OPSET,
        dynamo=False,
    )
    pairs = (here, user, titles, features)
    with torch.no_grad():
        scored = scorer(*map(torch.from_numpy, pairs)).numpy()
    torch.onnx.export(
        scorer,
        (torch.from_numpy(here[-3:]), torch.tensor([0, 1, 2, 1, 0]), torch.tensor([1, 2, 3, 4, 5]), torch.from_numpy(features[:5])),
        str(folder / MODEL),
        input_names=["vectors", "user", "titles", "features"],
        output_names=["scores"],
        dynamic_axes={"vectors": {0: "u"}, "user": {0: "n"}, "titles": {0: "n"}, "features": {0: "n"}, "scores": {0: "n"}},
        opset_version=OPSET,
        dynamo=False,
    )
    (there,) = session(folder / USER_TOWER).run(None, {"history": history})
    (scored_there,) = session(folder / MODEL).run(None, dict(zip(["vectors", "user", "titles", "features"], pairs, strict=True)))
    greatest_difference = float(max((here - there).max(), (scored - scored_there).max()))
    if not greatest_difference <= TOLERANCE:
        raise TrainerError(
            f"ONNX and PyTorch differ by {greatest_difference}",
            "the export lost or changed an operation",
            "Compare the operators of the module with those of the file",
        )
    vectors = tower.vectors.numpy()[1:].astype(np.float32)
    (folder / VECTORS).write_bytes(vectors.tobytes())
    index, facts = build_index(vectors, _queries(tower, run))
    faiss.write_index(index, str(folder / INDEX))
    (folder / SIMILAR).write_bytes(similar_titles(index, vectors).tobytes())
    return Exported(greatest_difference, facts)


def _queries(tower: UserTower, run: Run) -> Floats:
    """Returns the vectors of a random sample of the run's users, (n, D), to tune the index with."""
    users = np.random.default_rng(0).choice(len(run.user_ids), min(INDEX_USERS, len(run.user_ids)), replace=False)
    history = run.plays.history(users, np.full(len(users), run.as_of), HISTORY_LENGTH)
    history = history[history[:, 0] > 0]
    with torch.no_grad():
        vectors: Floats = tower(torch.from_numpy(history)).numpy().astype(np.float32)
    return vectors
