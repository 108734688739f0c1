"""Exports a model. Each module is traced first, and the trace is what is exported."""

from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
import onnx
import torch
from torch import Tensor, nn

from agentbricks_trainer.data.run_data_classes import Run
from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.models.two_stage import Fitted
from agentbricks_trainer.models.two_tower.cut_plays_into_windows import HISTORY_LENGTH

from .build_index import build_index
from .exported_networks import Scorer, UserTower
from .index_facts_dataclass import IndexFacts
from .model_file_names import INDEX, MODEL, SIMILAR, USER_TOWER, VECTORS
from .onnx_session import session
from .similar_titles import similar_titles


@dataclass(frozen=True)
class Exported:
    """Facts about the files, for the manifest."""

    greatest_difference: float
    index: IndexFacts


class Checker:
    """Writes modules, and remembers the largest difference between a file and its module."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.worst = 0.0

    def write(self, module: nn.Module, name: str, inputs: dict[str, Tensor], output: str) -> None:
        """Writes one module, and compares the file with it on these inputs."""
        values = tuple(inputs.values())
        traced = torch.jit.trace(module, values, check_trace=False)
        free = {one: {0: f"{one}_size"} for one in (*inputs, output)}
        path = str(self.folder / name)
        torch.onnx.export(
            traced,
            values,
            path,
            input_names=list(inputs),
            output_names=[output],
            dynamic_axes=free,
            opset_version=20,
            dynamo=False,
        )
        onnx.checker.check_model(path)
        found = session(self.folder / name).run([output], {one: value.numpy() for one, value in inputs.items()})[0]
        self.worst = max(self.worst, np.abs(found - module(*values).numpy()).max().item())

    def require(self, tolerance: float) -> None:
        """Rejects the model if a file differs more."""
        if self.worst > tolerance:
            raise TrainerError(f"a difference of {self.worst}", f"more than {tolerance}", "Compare layer by layer")


def export(fitted: Fitted, run: Run, folder: Path) -> Exported:
    """Writes the model's files, and compares the ONNX files with the PyTorch modules."""
    folder.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        tower = UserTower(fitted.towers).eval()
        scorer = Scorer(tower, fitted.ranker).eval()
        checker = Checker(folder)
        history = torch.from_numpy(run.plays.history(*every_user(run), HISTORY_LENGTH))
        checker.write(tower, USER_TOWER, {"history": history}, "vector")
        vectors = tower(history)
        rows = run.rows
        if len(rows):
            users, titles, features = rows.users, rows.titles, rows.features
        else:
            users, titles = np.zeros(2, np.int64), np.ones(2, np.int64)
            features = np.zeros((2, len(fitted.ranker.mean)), np.float32)
        pairs = {
            "vectors": vectors,
            "user": torch.from_numpy(users),
            "titles": torch.from_numpy(titles),
            "features": torch.from_numpy(features),
        }
        checker.write(scorer, MODEL, pairs, "scores")
        checker.require(1e-4)
        without_padding = tower.vectors.narrow(0, 1, len(run.titles)).numpy()
    (folder / VECTORS).write_bytes(without_padding.tobytes())
    index, facts = build_index(without_padding, vectors.numpy())
    faiss.write_index(index, str(folder / INDEX))
    (folder / SIMILAR).write_bytes(similar_titles(index, without_padding).tobytes())
    return Exported(checker.worst, facts)


def every_user(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Returns the numbers of all users, and the end of the training data for each."""
    count = len(run.user_ids)
    return np.arange(count), np.full(count, run.as_of)
