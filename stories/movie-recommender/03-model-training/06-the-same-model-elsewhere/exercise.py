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
from agentbricks_trainer.models.two_tower.cut_plays_into_windows import HISTORY_LENGTH
from agentbricks_trainer.models.two_tower.two_tower import DIMENSIONS

from .build_index import build_index
from .exported_networks import Scorer, UserTower
from .index_facts_dataclass import IndexFacts
from .model_file_names import INDEX, SIMILAR, VECTORS
from .similar_titles import similar_titles

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
    tower = UserTower(fitted.towers)
    scorer = Scorer(tower, fitted.ranker)
    # TODO: Write `tower` and `scorer` as ONNX files. Compare both files with their modules, on users and titles of the
    # run. Raise a TrainerError if a number differs by more than TOLERANCE. Then replace the placeholders below.
    del scorer
    greatest_difference = 0.0
    vectors = np.zeros((len(run.titles), DIMENSIONS), np.float32)
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
