"""Epochs of gradient steps until the validation loss no longer falls; the same for every model that learns so."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from .checkpoints import Checkpoint
from .errors import TrainerError
from .report import Report

MAX_NORM = 1.0


class Optimiser(Protocol):
    """What is needed of PyTorch's own."""

    param_groups: list[dict]

    def zero_grad(self) -> None: ...

    def step(self) -> None: ...

    def state_dict(self) -> dict: ...

    def load_state_dict(self, state: dict) -> None: ...


# Share of the steps in which the rate rises to its greatest.
WARM_UP = 0.03


@dataclass(frozen=True)
class Schedule:
    name: str
    max_epochs: int
    # Of an epoch, at most.
    steps: int
    # The greatest; it rises to it in a line, and falls to nothing along half a cosine.
    # Source: Smith & Topin 2019, "Super-convergence"; Loshchilov & Hutter 2017, "SGDR".
    learning_rate: float
    # Epochs without a better validation loss, after which no better one is to be expected.
    patience: int

    def rate(self, epoch: int, step: int) -> float:
        """epoch, step of it: how many were made before."""
        done = (epoch + (step + 1) / self.steps) / self.max_epochs
        if done < WARM_UP:
            return self.learning_rate * done / WARM_UP
        return self.learning_rate * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP))) / 2


def step(optimiser: Optimiser, model: nn.Module, loss: Tensor) -> None:
    """Clips the gradient. Raises TrainerError for a loss that is no number."""
    if not torch.isfinite(loss):
        raise TrainerError(
            "the loss is no longer a number",
            "the training data holds values that are not finite, or far out of range",
            "Look at the features of this run, and start it again",
        )
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), MAX_NORM)
    optimiser.step()


def train_until_best(
    model: nn.Module,
    optimiser: Optimiser,
    losses: Callable[[], Iterable[Tensor]],
    validation_loss: Callable[[], float],
    random: np.random.Generator,
    schedule: Schedule,
    report: Report,
    checkpoint: Checkpoint | None,
) -> int:
    """Leaves the model as it was after its best epoch. Returns how many epochs were made.

    losses: one epoch's, each of which is a step. random: every draw of numpy's comes from it, and every one of PyTorch's
    from its global generator; so that what a checkpoint restores goes on as if it had never stopped.
    """
    state = (checkpoint and checkpoint.load(report)) or {"epoch": 0, "waited": 0, "best": float("inf")}
    if state["epoch"]:
        _restore(state, model, optimiser, random)
        report(f"{schedule.name} resumed", epoch=state["epoch"])
    while state["epoch"] < schedule.max_epochs and state["waited"] < schedule.patience:
        model.train()
        for i, loss in enumerate(losses()):
            for group in optimiser.param_groups:
                group["lr"] = schedule.rate(state["epoch"], i)
            step(optimiser, model, loss)
        model.eval()
        loss = validation_loss()
        better = loss < state["best"]
        report(schedule.name, epoch=state["epoch"] + 1, validation_loss=round(loss, 4))
        state = {
            "epoch": state["epoch"] + 1,
            "waited": 0 if better else state["waited"] + 1,
            "best": loss if better else state["best"],
            "best_model": _copy(model) if better else state.get("best_model", _copy(model)),
        }
        if checkpoint:
            checkpoint.save({**state, **_now(model, optimiser, random)}, report)
    model.load_state_dict(state["best_model"])
    model.eval()
    return state["epoch"]


def _copy(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def _now(model: nn.Module, optimiser: Optimiser, random: np.random.Generator) -> dict:
    return {
        "model": model.state_dict(),
        "optimiser": optimiser.state_dict(),
        "torch": torch.get_rng_state(),
        "numpy": random.bit_generator.state,
    }


def _restore(state: dict, model: nn.Module, optimiser: Optimiser, random: np.random.Generator) -> None:
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    torch.set_rng_state(state["torch"])
    random.bit_generator.state = state["numpy"]
