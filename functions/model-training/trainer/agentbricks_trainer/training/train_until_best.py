"""The training loop: epochs of gradient steps until the validation loss no longer falls.

NeuMF and the two-tower use it.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from agentbricks_trainer.progress import Report

from .checkpoints import Checkpoint
from .cuda_graph_steps import TrainingSteps
from .learning_rate_schedule import Schedule
from .optimiser_protocol import Optimiser, set_learning_rate
from .require_finite_loss import require_finite

BatchT = TypeVar("BatchT", bound=tuple[Any, ...])


def train_until_best(  # noqa: PLR0913, PLR0917 - learners implement this function, so its inputs stay plain
    model: nn.Module,
    optimiser: Optimiser,
    batches: Callable[[], Iterable[BatchT]],
    loss_of: Callable[[BatchT], Tensor],
    validation_loss: Callable[[], float],
    random: np.random.Generator,
    schedule: Schedule,
    report: Report,
    checkpoint: Checkpoint | None,
) -> int:
    """Trains a model, and leaves it as it was after its best epoch.

    All random numbers must come from `random` and PyTorch's global generators. A checkpoint stores their states, so
    that a training that was killed resumes with the same random numbers.

    Args:
        model: Model to train. It ends in evaluation mode.
        optimiser: Optimiser of the model's parameters.
        batches: Returns the batches of one epoch.
        loss_of: Returns the loss of a batch, ().
        validation_loss: Returns the loss on held-out examples. It runs in evaluation mode, after each epoch.
        random: Source of NumPy's random numbers.
        schedule: Number of epochs and learning rates.
        report: Receives one stage per epoch.
        checkpoint: Stores the state after each epoch. None: a killed training starts from the beginning.

    Returns:
        The number of trained epochs, including epochs before a resume.

    Raises:
        TrainerError: If the loss is infinite or not a number.
    """
    state = (checkpoint and checkpoint.load(report)) or {"epoch": 0, "waited": 0, "best": float("inf")}
    if state["epoch"]:
        _restore(state, model, optimiser, random)
        report(f"{schedule.name} resumed", epoch=state["epoch"])
    make_step = TrainingSteps(model, optimiser, loss_of)
    while state["epoch"] < schedule.max_epochs and state["waited"] < schedule.patience:
        model.train()
        total = torch.zeros(())
        for i, batch in enumerate(batches()):
            set_learning_rate(optimiser, schedule.rate(state["epoch"], i))
            total = total + make_step(batch)
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
    return int(state["epoch"])


def _copy(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def _now(model: nn.Module, optimiser: Optimiser, random: np.random.Generator) -> dict[str, Any]:
    """Returns everything that the next epoch depends on."""
    return {
        "model": model.state_dict(),
        "optimiser": optimiser.state_dict(),
        "torch": torch.get_rng_state(),
        "gpus": torch.cuda.get_rng_state_all(),
        "numpy": random.bit_generator.state,
    }


def _restore(state: dict[str, Any], model: nn.Module, optimiser: Optimiser, random: np.random.Generator) -> None:
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    torch.set_rng_state(state["torch"])
    torch.cuda.set_rng_state_all(state["gpus"])
    random.bit_generator.state = state["numpy"]
