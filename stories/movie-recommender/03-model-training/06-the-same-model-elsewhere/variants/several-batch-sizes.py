"""Exports a model. Each file is compared at several batch sizes, as the service uses it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import torch

from agentbricks_trainer.data.feature_names import FEATURE_NAMES
from agentbricks_trainer.data.run_data_classes import Run
from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.models.two_stage import Fitted
from agentbricks_trainer.models.two_tower.cut_plays_into_windows import HISTORY_LENGTH

from . import model_file_names as names
from .build_index import build_index
from .exported_networks import Scorer, UserTower
from .index_facts_dataclass import IndexFacts
from .onnx_session import session
from .similar_titles import similar_titles

SIZES = (1, 2, 5, 16)
LIMIT = 0.0001
FREE = {0: "size"}


@dataclass(frozen=True)
class Exported:
    """Facts about the files, for the manifest."""

    greatest_difference: float
    index: IndexFacts


def export(fitted: Fitted, run: Run, folder: Path) -> Exported:
    """Writes the model's files, and compares the ONNX files with the PyTorch modules."""
    fitted.towers.eval()
    fitted.ranker.eval()
    tower = UserTower(fitted.towers)
    scorer = Scorer(tower, fitted.ranker)
    tower.train(False)
    scorer.train(False)
    folder.mkdir(exist_ok=True, parents=True)
    write_tower(tower, folder)
    write_scorer(scorer, tower.vectors.shape[1], folder)
    worst = max(differences(tower, scorer, run, folder))
    if not worst <= LIMIT:
        raise TrainerError("the files differ from the model", f"by {worst:.1e}", "Look at the last change of a module")
    titles = np.ascontiguousarray(np.delete(tower.vectors.numpy(), 0, axis=0))
    folder.joinpath(names.VECTORS).write_bytes(titles.astype("<f4").tobytes())
    index, facts = build_index(titles, user_vectors(tower, run, len(run.user_ids)))
    faiss.write_index(index, str(folder / names.INDEX))
    folder.joinpath(names.SIMILAR).write_bytes(similar_titles(index, titles).tobytes())
    return Exported(worst, facts)


def write_tower(tower: UserTower, folder: Path) -> None:
    """Writes the user tower, traced with four users."""
    torch.onnx.export(
        tower,
        (torch.ones((4, HISTORY_LENGTH), dtype=torch.int64),),
        str(folder / names.USER_TOWER),
        input_names=["history"],
        output_names=["vector"],
        dynamic_axes={"history": FREE, "vector": FREE},
        opset_version=20,
        dynamo=False,
    )


def write_scorer(scorer: Scorer, width: int, folder: Path) -> None:
    """Writes the scorer, traced with two users and six titles."""
    inputs = (
        torch.rand(2, width),
        torch.tensor([0, 1] * 3),
        torch.tensor([1, 1, 1, 2, 2, 2]),
        torch.rand(6, len(FEATURE_NAMES)),
    )
    torch.onnx.export(
        scorer,
        inputs,
        str(folder / names.MODEL),
        input_names=["vectors", "user", "titles", "features"],
        output_names=["scores"],
        dynamic_axes={"vectors": {0: "users"}, "user": FREE, "titles": FREE, "features": FREE, "scores": FREE},
        opset_version=20,
        dynamo=False,
    )


@torch.no_grad()
def differences(tower: UserTower, scorer: Scorer, run: Run, folder: Path) -> Iterator[float]:
    """Yields the largest difference of each file at each size."""
    random = np.random.default_rng(len(run.titles))
    tower_file, scorer_file = session(folder / names.USER_TOWER), session(folder / names.MODEL)
    for size in SIZES:
        history = histories(run, size)
        vectors = tower(torch.from_numpy(history)).numpy()
        (found,) = tower_file.run(None, {"history": history})
        yield distance(found, vectors)
        for_one_user: dict[str, Any] = {
            "vectors": vectors,
            "user": np.full(size, size - 1),
            "titles": 1 + random.permutation(len(run.titles))[:size],
        }
        count = len(for_one_user["titles"])
        for_one_user["user"] = for_one_user["user"][:count]
        for_one_user["features"] = (10 * random.random((count, len(FEATURE_NAMES)))).astype(np.float32)
        scores = scorer(*(torch.from_numpy(value) for value in for_one_user.values())).numpy()
        (found,) = scorer_file.run(["scores"], for_one_user)
        yield distance(found, scores)


def distance(found: Any, wanted: Any) -> float:  # noqa: ANN401
    """Returns the largest difference of two arrays, which must have one shape."""
    return float(np.max(np.abs(found - wanted))) if found.shape == wanted.shape else float("inf")


def histories(run: Run, size: int) -> Any:  # noqa: ANN401
    """Returns the histories of the first users."""
    users = np.arange(size) % len(run.user_ids)
    return run.plays.history(users, np.full(size, run.as_of), HISTORY_LENGTH)


@torch.no_grad()
def user_vectors(tower: UserTower, run: Run, size: int) -> Any:  # noqa: ANN401
    """Returns users' vectors, to tune the index with."""
    return tower(torch.from_numpy(histories(run, size))).numpy()
