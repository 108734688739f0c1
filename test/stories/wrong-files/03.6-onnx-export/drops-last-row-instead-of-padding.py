"""Exports a trained model to the files that are served: ONNX, item vectors, a FAISS index, and similar titles.

Sizes: u users, n pairs, L history length, D dimensions, F features.
"""

from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
import torch

from agentbricks_trainer.data.array_types import Floats
from agentbricks_trainer.data.feature_names import FEATURE_NAMES
from agentbricks_trainer.data.run_data_classes import Run
from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.models.two_stage import Fitted
from agentbricks_trainer.models.two_tower.two_tower import DIMENSIONS
from agentbricks_trainer.models.two_tower.cut_plays_into_windows import HISTORY_LENGTH

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
    history = torch.zeros(2, HISTORY_LENGTH, dtype=torch.long)
    torch.onnx.export(
        tower,
        (history,),
        str(folder / USER_TOWER),
        input_names=["history"],
        output_names=["vector"],
        dynamic_axes={"history": {0: "u"}, "vector": {0: "u"}},
        opset_version=OPSET,
        dynamo=False,
    )
    pairs = (
        torch.zeros(2, DIMENSIONS),
        torch.zeros(3, dtype=torch.long),
        torch.ones(3, dtype=torch.long),
        torch.zeros(3, len(FEATURE_NAMES)),
    )
    torch.onnx.export(
        scorer,
        pairs,
        str(folder / MODEL),
        input_names=["vectors", "user", "titles", "features"],
        output_names=["scores"],
        dynamic_axes={
            "vectors": {0: "u"},
            "user": {0: "n"},
            "titles": {0: "n"},
            "features": {0: "n"},
            "scores": {0: "n"},
        },
        opset_version=OPSET,
        dynamo=False,
    )
    users = np.arange(len(run.user_ids))
    real = run.plays.history(users, np.full(len(users), run.as_of), HISTORY_LENGTH)
    titles = np.random.default_rng(1).integers(1, len(run.titles) + 1, len(users))
    features = np.ones((len(users), len(FEATURE_NAMES)), np.float32)
    with torch.no_grad():
        expected = tower(torch.from_numpy(real)).numpy()
        scores = scorer(
            torch.from_numpy(expected), torch.from_numpy(users), torch.from_numpy(titles), torch.from_numpy(features)
        ).numpy()
    found = session(folder / USER_TOWER).run(None, {"history": real})[0]
    found_scores = session(folder / MODEL).run(
        None, {"vectors": expected, "user": users, "titles": titles, "features": features}
    )[0]
    greatest_difference = max(float(np.abs(found - expected).max()), float(np.abs(found_scores - scores).max()))
    if greatest_difference > TOLERANCE:
        raise TrainerError("the files differ", "the export changed the model", "look at it")
    vectors = tower.vectors[:-1].numpy()
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
