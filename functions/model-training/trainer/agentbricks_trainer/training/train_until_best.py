"""Epochs of gradient steps until the validation loss no longer falls; the same for every model that learns so."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.progress import Report

from .checkpoints import Checkpoint
from .cuda_graph_steps import Optimiser, Steps, set_rate

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


def require_finite(total: Tensor) -> None:
    """total: of an epoch's losses. To look at each would let a GPU wait. Raises TrainerError."""
    if not torch.isfinite(total):
        raise TrainerError(
            "the loss is no longer a number",
            "the training data holds values that are not finite, or far out of range",
            "Look at the features of this run, and start it again",
        )


def train_until_best(
    model: nn.Module,
    optimiser: Optimiser,
    batches: Callable[[], Iterable[tuple]],
    loss_of: Callable[[tuple], Tensor],
    validation_loss: Callable[[], float],
    random: np.random.Generator,
    schedule: Schedule,
    report: Report,
    checkpoint: Checkpoint | None,
) -> int:
    """Leaves the model as it was after its best epoch. Returns how many epochs were made.

    batches: one epoch's, each of which is a step by its loss. random: every draw of numpy's comes from it, and every one of
    PyTorch's from its global generators; so that what a checkpoint restores goes on as if it had never stopped.
    """
    state = (checkpoint and checkpoint.load(report)) or {"epoch": 0, "waited": 0, "best": float("inf")}
    if state["epoch"]:
        _restore(state, model, optimiser, random)
        report(f"{schedule.name} resumed", epoch=state["epoch"])
    make = Steps(model, optimiser, loss_of)
    while state["epoch"] < schedule.max_epochs and state["waited"] < schedule.patience:
        model.train()
        total = torch.zeros(())
        for i, batch in enumerate(batches()):
            set_rate(optimiser, schedule.rate(state["epoch"], i))
            total = total + make(batch)
        require_finite(total)
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
        "gpus": torch.cuda.get_rng_state_all(),
        "numpy": random.bit_generator.state,
    }


def _restore(state: dict, model: nn.Module, optimiser: Optimiser, random: np.random.Generator) -> None:
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    torch.set_rng_state(state["torch"])
    torch.cuda.set_rng_state_all(state["gpus"])
    random.bit_generator.state = state["numpy"]
