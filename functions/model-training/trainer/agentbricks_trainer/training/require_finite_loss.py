"""Stops a training whose loss is infinite or not a number."""

import torch
from torch import Tensor

from agentbricks_trainer.errors import TrainerError


def require_finite(total: Tensor) -> None:
    """Checks the loss once per epoch. Checking each step would make the processor wait for the GPU.

    Args:
        total: Sum of an epoch's losses, ().

    Raises:
        TrainerError: If it is infinite or not a number.
    """
    if not torch.isfinite(total):
        raise TrainerError(
            "the loss is infinite or not a number",
            "the training data has values that are not finite, or far out of range",
            "Check the features of this run, and start it again",
        )
