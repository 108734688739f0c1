"""The interface of an optimiser: the part of `torch.optim.Optimizer` that training needs."""

from typing import Any, Protocol

from torch import Tensor


class Optimiser(Protocol):
    """Updates the parameters of a model by their gradients."""

    param_groups: list[dict[str, Any]]

    def zero_grad(self) -> None:
        """Removes all gradients."""

    def step(self) -> Any:  # noqa: ANN401 - PyTorch's optimisers return a loss, ours returns nothing
        """Updates the parameters once."""

    def state_dict(self) -> dict[str, Any]:
        """Returns the state that a checkpoint stores."""

    def load_state_dict(self, state: dict[str, Any], /) -> None:
        """Restores the state of a checkpoint."""


def set_learning_rate(optimiser: Optimiser, rate: float) -> None:
    """Sets the learning rate. A rate that is a tensor is filled in place, where a captured CUDA graph reads it."""
    for group in optimiser.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate
