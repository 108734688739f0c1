"""Exports a model. Both networks are rows of a table, which are written and compared by the same loop."""

import io
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

from agentbricks_trainer.data.feature_names import FEATURE_NAMES
from agentbricks_trainer.data.run_data_classes import Run
from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.models.two_stage import Fitted
from agentbricks_trainer.models.two_tower.cut_plays_into_windows import HISTORY_LENGTH

from .build_index import build_index
from .exported_networks import Scorer, UserTower
from .index_facts_dataclass import IndexFacts
from .model_file_names import INDEX, MODEL, SIMILAR, USER_TOWER, VECTORS
from .similar_titles import similar_titles

TOLERANCE = 1e-4
PAIRS = 300


@dataclass(frozen=True)
class Exported:
    """Facts about the files, for the manifest."""

    greatest_difference: float
    index: IndexFacts


@dataclass(frozen=True)
class Network:
    """One network, with inputs of users and titles of the run."""

    file: str
    module: nn.Module
    inputs: dict[str, Tensor]
    output: str


def export(fitted: Fitted, run: Run, folder: Path) -> Exported:
    """Writes the model's files, and compares the ONNX files with the PyTorch modules."""
    folder.mkdir(parents=True, exist_ok=True)
    tower = UserTower(fitted.towers)
    scorer = Scorer(tower, fitted.ranker)
    for module in (tower, scorer):
        module.eval()
    worst = 0.0
    for network in networks_of(tower, scorer, run):
        content = to_onnx(network)
        worst = max(worst, difference(network, content))
        if worst > TOLERANCE:
            raise TrainerError(f"{network.file} is {worst} away", "the export changed the model", "Do not serve it")
        (folder / network.file).write_bytes(content)
    table = tower.vectors.numpy()[1:].copy()
    table.tofile(folder / VECTORS)
    index, facts = build_index(table, np.zeros((0, table.shape[1]), np.float32))
    faiss.write_index(index, str(folder / INDEX))
    similar_titles(index, table).tofile(folder / SIMILAR)
    return Exported(worst, facts)


def networks_of(tower: UserTower, scorer: Scorer, run: Run) -> list[Network]:
    """Returns both networks, with inputs that are sampled from the run."""
    random = np.random.default_rng(7)
    everyone = np.arange(min(len(run.user_ids), PAIRS))
    history = torch.from_numpy(run.plays.history(everyone, np.full(len(everyone), run.as_of), HISTORY_LENGTH))
    with torch.no_grad():
        vectors = tower(history)
    pairs = {
        "vectors": vectors,
        "user": torch.from_numpy(random.choice(everyone, PAIRS)),
        "titles": torch.from_numpy(random.integers(1, len(run.titles), PAIRS, endpoint=True)),
        "features": torch.from_numpy(random.exponential(5, (PAIRS, len(FEATURE_NAMES))).astype(np.float32)),
    }
    return [Network(USER_TOWER, tower, {"history": history}, "vector"), Network(MODEL, scorer, pairs, "scores")]


def to_onnx(network: Network) -> bytes:
    """Returns the ONNX file. The first dimension of each input and of the output is free."""
    buffer = io.BytesIO()
    names = [*network.inputs, network.output]
    # All pairs are pairs of the first user, so that the table of vectors may be short.
    few = {name: value[: 5 if name == "vectors" else 7] for name, value in network.inputs.items()}
    if "user" in few:
        few["user"] = torch.zeros_like(few["user"])
    torch.onnx.export(
        network.module,
        tuple(few.values()),
        buffer,
        input_names=list(network.inputs),
        output_names=[network.output],
        dynamic_axes={name: [0] for name in names},
        opset_version=20,
        dynamo=False,
    )
    return buffer.getvalue()


def difference(network: Network, content: bytes) -> float:
    """Returns the largest difference between the file and the module."""
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (theirs,) = session.run([network.output], {name: value.numpy() for name, value in network.inputs.items()})
    with torch.no_grad():
        ours = network.module(*network.inputs.values())
    return float((ours - torch.from_numpy(theirs)).abs().max())
