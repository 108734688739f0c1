"""Captures gradient steps as CUDA graphs, and replays them.

Replaying is faster, because launching the 400 kernels of a step one by one takes ten times as long as running them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

from .optimiser_protocol import Optimiser
from .step import step

# Number of plain steps before the first capture. The GPU's libraries allocate memory when they are first used, and a
# graph cannot capture this.
WARM_UP_STEPS = 3

BatchT = TypeVar("BatchT", bound=tuple[Any, ...])


class TrainingSteps(Generic[BatchT]):
    """Makes gradient steps: plain ones on a processor, captured ones on a GPU.

    On a GPU a batch is a NamedTuple of tensors on that GPU and numbers. The loss function must not branch on the
    value of a tensor, and the sizes of its tensors must follow from the sizes and numbers of the batch.
    """

    def __init__(self, model: nn.Module, optimiser: Optimiser, loss_of: Callable[[BatchT], Tensor]) -> None:
        self.model, self.optimiser, self.loss_of = model, optimiser, loss_of
        self.stream = torch.cuda.Stream() if next(model.parameters()).is_cuda else None
        self.warm_up_steps = 0
        self.captured: CapturedStep[BatchT] | None = None

    def __call__(self, batch: BatchT) -> Tensor:
        """Makes one step. Returns the loss before this step, (). The next step may overwrite the returned tensor."""
        if self.stream is None:
            return self._make(batch)
        if self.warm_up_steps < WARM_UP_STEPS:
            self.warm_up_steps += 1
            return self._make_on(self.stream, batch)
        if not self.captured or not self.captured.fits(batch):
            self.captured = self._capture(self.stream, batch)
        return self.captured.replay(batch)

    def _make(self, batch: BatchT) -> Tensor:
        loss = self.loss_of(batch)
        step(self.optimiser, self.model, loss)
        return loss.detach()

    def _make_on(self, stream: torch.cuda.Stream, batch: BatchT) -> Tensor:
        """Makes a plain step on the stream that later captures steps."""
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            loss = self._make(batch)
        torch.cuda.current_stream().wait_stream(stream)
        return loss

    def _capture(self, stream: torch.cuda.Stream, batch: BatchT) -> "CapturedStep[BatchT]":
        """Captures a step without running it."""
        stored = type(batch)(*(part.clone() if isinstance(part, Tensor) else part for part in batch))
        self.optimiser.zero_grad()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=stream):
            loss = self._make(stored)
        return CapturedStep(stored, graph, loss)


@dataclass(frozen=True)
class CapturedStep(Generic[BatchT]):
    """A captured step. It fits all batches with the sizes and numbers of the batch that it was captured with."""

    batch: BatchT  # the graph reads these tensors
    graph: torch.cuda.CUDAGraph
    loss: Tensor  # (), written by the graph

    def fits(self, batch: BatchT) -> bool:
        """Returns whether a batch has the same sizes and numbers."""
        return all(
            own.shape == given.shape if isinstance(own, Tensor) else own == given
            for own, given in zip(self.batch, batch, strict=True)
        )

    def replay(self, batch: BatchT) -> Tensor:
        """Makes the step with a batch that fits. Returns the loss before this step, ()."""
        for own, given in zip(self.batch, batch, strict=True):
            if isinstance(own, Tensor):
                own.copy_(given)
        self.graph.replay()
        return self.loss
