"""Gradient steps. On a GPU one is recorded and then played again: to be told of its 400 kernels, one by one, takes ten times as long as they run."""

from collections.abc import Callable
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
    """batch: tensors, all on one device, and numbers. The loss must wait for no tensor's value, and its sizes follow from the batch's."""

    def __init__(self, model: nn.Module, optimiser: Optimiser, loss: Callable[[tuple], Tensor]) -> None:
        self.model, self.optimiser, self.loss = model, optimiser, loss
        on_gpu = next(model.parameters()).is_cuda
        self.stream = torch.cuda.Stream() if on_gpu else None
        self.made = 0
        self.key: tuple | None = None

    def __call__(self, batch: tuple) -> Tensor:
        """Makes a step. Returns the loss before it: read it before the next."""
        if self.stream is None:
            return self._make(batch)
        self.made += 1
        if self.made <= UNRECORDED:
            return self._make_aside(batch)
        key = tuple(part.shape if isinstance(part, Tensor) else part for part in batch)
        if key != self.key:
            self._record(batch)
            self.key = key
        for kept, given in zip(self.batch, batch):
            if isinstance(kept, Tensor):
                kept.copy_(given)
        self.graph.replay()
        return self.made_loss

    def _make(self, batch: tuple) -> Tensor:
        loss = self.loss(batch)
        step(self.optimiser, self.model, loss)
        return loss.detach()

    def _make_aside(self, batch: tuple) -> Tensor:
        self.stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.stream):
            loss = self._make(batch)
        torch.cuda.current_stream().wait_stream(self.stream)
        return loss

    def _record(self, batch: tuple) -> None:
        """Runs nothing. The memory of the recorded step is its own."""
        self.batch = type(batch)(*(part.clone() if isinstance(part, Tensor) else part for part in batch))
        self.optimiser.zero_grad()
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph, stream=self.stream):
            self.made_loss = self._make(self.batch)
