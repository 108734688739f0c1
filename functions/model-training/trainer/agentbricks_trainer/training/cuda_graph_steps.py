"""Gradient steps. On a GPU one is recorded and then played again: to be told of its 400 kernels takes ten times as long as they run."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

MAX_NORM = 1.0
# Before anything is recorded: what the GPU's libraries set up at their first use cannot be.
UNRECORDED = 3


class Optimiser(Protocol):
    """What is needed of PyTorch's own."""

    param_groups: list[dict]

    def zero_grad(self) -> None: ...

    def step(self) -> None: ...

    def state_dict(self) -> dict: ...

    def load_state_dict(self, state: dict) -> None: ...


def step(optimiser: Optimiser, model: nn.Module, loss: Tensor) -> None:
    """Clips the gradient."""
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), MAX_NORM)
    optimiser.step()


def set_rate(optimiser: Optimiser, rate: float) -> None:
    """In its place where it is a tensor: what is recorded reads it there."""
    for group in optimiser.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


class Steps:
    """batch: a NamedTuple of tensors, all on one device, and numbers. The loss must wait for no tensor's value, and its sizes follow from the batch's."""

    def __init__(self, model: nn.Module, optimiser: Optimiser, loss_of: Callable[[tuple], Tensor]) -> None:
        self.model, self.optimiser, self.loss_of = model, optimiser, loss_of
        self.stream = torch.cuda.Stream() if next(model.parameters()).is_cuda else None
        self.unrecorded = 0
        self.recorded: Recorded | None = None

    def __call__(self, batch: tuple) -> Tensor:
        """Makes a step. Returns the loss before it: read it before the next."""
        if self.stream is None:
            return self._make(batch)
        if self.unrecorded < UNRECORDED:
            self.unrecorded += 1
            return self._make_aside(batch)
        if not self.recorded or not self.recorded.fits(batch):
            self.recorded = self._record(batch)
        return self.recorded.play(batch)

    def _make(self, batch: tuple) -> Tensor:
        loss = self.loss_of(batch)
        step(self.optimiser, self.model, loss)
        return loss.detach()

    def _make_aside(self, batch: tuple) -> Tensor:
        """On the stream that records: what is made there once, such as a parameter's place for gradients, may stay."""
        self.stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.stream):
            loss = self._make(batch)
        torch.cuda.current_stream().wait_stream(self.stream)
        return loss

    def _record(self, batch: tuple) -> "Recorded":
        """Makes no step."""
        kept = type(batch)(*(part.clone() if isinstance(part, Tensor) else part for part in batch))
        self.optimiser.zero_grad()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=self.stream):
            loss = self._make(kept)
        return Recorded(kept, graph, loss)


@dataclass(frozen=True)
class Recorded:
    """A step for batches of the same sizes and numbers as the one that it was recorded with, whose tensors it reads."""

    batch: tuple
    graph: torch.cuda.CUDAGraph
    loss: Tensor

    def fits(self, batch: tuple) -> bool:
        return all(
            kept.shape == given.shape if isinstance(kept, Tensor) else kept == given
            for kept, given in zip(self.batch, batch)
        )

    def play(self, batch: tuple) -> Tensor:
        for kept, given in zip(self.batch, batch):
            if isinstance(kept, Tensor):
                kept.copy_(given)
        self.graph.replay()
        return self.loss
