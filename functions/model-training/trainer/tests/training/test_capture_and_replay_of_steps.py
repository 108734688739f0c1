"""Steps that a GPU captures and replays. Fakes replace CUDA, so that the steps run on the processor."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn

from agentbricks_trainer.training.cuda_graph_steps import WARM_UP_STEPS, CapturedStep, TrainingSteps


class Batch(NamedTuple):
    x: Tensor
    scale: int


class Graph:
    """Counts its replays, and runs nothing."""

    replays = 0

    def replay(self) -> None:
        self.replays += 1


class Stream:
    def wait_stream(self, other: "Stream") -> None:
        assert isinstance(other, Stream)


@pytest.fixture
def captured(monkeypatch: pytest.MonkeyPatch) -> list[Graph]:
    """Replaces CUDA's graphs and streams. Returns the graphs that were captured."""
    graphs: list[Graph] = []

    def graph() -> Graph:
        graphs.append(Graph())
        return graphs[-1]

    @contextmanager
    def nothing(*_: object, **__: object) -> Iterator[None]:
        yield

    monkeypatch.setattr(torch.cuda, "Stream", Stream)
    monkeypatch.setattr(torch.cuda, "current_stream", Stream)
    monkeypatch.setattr(torch.cuda, "stream", nothing)
    monkeypatch.setattr(torch.cuda, "CUDAGraph", graph)
    monkeypatch.setattr(torch.cuda, "graph", nothing)
    return graphs


def steps_on(device: str) -> TrainingSteps[Batch]:
    model = nn.Linear(2, 1, bias=False)
    nn.init.zeros_(model.weight)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    made: TrainingSteps[Batch] = TrainingSteps(model, optimiser, lambda batch: (model(batch.x) * batch.scale).sum())
    if device == "cuda":
        stream: Any = torch.cuda.Stream()
        made.stream = stream
    return made


def test_on_a_processor_every_step_is_plain() -> None:
    make = steps_on("cpu")
    batch = Batch(torch.tensor([[0.5, 0.0]]), 1)
    assert make(batch).item() == 0
    assert make(batch).item() == pytest.approx(-0.1 * 0.25)
    assert make.captured is None


def test_a_step_is_captured_after_the_warm_up_and_again_for_other_sizes(captured: list[Graph]) -> None:
    make = steps_on("cuda")
    batch, larger, other = Batch(torch.ones(1, 2), 1), Batch(torch.ones(3, 2), 1), Batch(torch.ones(3, 2), 2)
    for _ in range(WARM_UP_STEPS):
        make(batch)
    assert captured == []
    for given in (batch, batch, larger, other, other):
        make(given)
    assert [graph.replays for graph in captured] == [2, 1, 2]


def test_a_captured_step_reads_its_own_copy_of_the_batch() -> None:
    graph: Any = Graph()
    own = Batch(torch.zeros(1, 2), 1)
    step = CapturedStep(own, graph, torch.tensor(7.0))
    given = Batch(torch.tensor([[1.0, 2.0]]), 1)
    assert step.fits(given)
    assert not step.fits(Batch(torch.ones(2, 2), 1))
    assert not step.fits(Batch(torch.ones(1, 2), 3))
    assert step.replay(given).item() == 7
    assert own.x.tolist() == [[1, 2]]
