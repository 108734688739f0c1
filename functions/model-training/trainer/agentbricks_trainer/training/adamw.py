"""AdamW by PyTorch's fused kernel.

`torch.optim.AdamW(fused=True)` calls the same kernel, but first loads PyTorch's compiler, which takes six seconds.
Source: Loshchilov & Hutter 2019, "Decoupled weight decay regularization".
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

BETAS = (0.9, 0.999)
EPSILON = 1e-8


class AdamW:
    """Adam with decoupled weight decay. All parameters must be on one device."""

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float = 0.0, weight_decay: float = 0.0) -> None:
        self.parameters = list(parameters)
        self.weight_decay = weight_decay
        device = self.parameters[0].device
        # On a GPU the kernel reads the rate from the GPU's memory.
        self.param_groups: list[dict[str, Any]] = [
            {"lr": torch.tensor(lr, device=device) if device.type == "cuda" else lr}
        ]
        self.means = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.squares = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.steps = torch.zeros((), device=device)

    def zero_grad(self) -> None:
        """Removes all gradients."""
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Updates the parameters that have a gradient."""
        gradients = [parameter.grad for parameter in self.parameters]
        moved = [i for i, gradient in enumerate(gradients) if gradient is not None]
        self.steps += 1
        torch._fused_adamw_(
            [self.parameters[i] for i in moved],
            [gradient for gradient in gradients if gradient is not None],
            [self.means[i] for i in moved],
            [self.squares[i] for i in moved],
            [],
            [self.steps] * len(moved),
            lr=self.param_groups[0]["lr"],
            beta1=BETAS[0],
            beta2=BETAS[1],
            weight_decay=self.weight_decay,
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
        )

    def state_dict(self) -> dict[str, Any]:
        """Returns the state that a checkpoint stores."""
        return {"means": self.means, "squares": self.squares, "steps": self.steps}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restores the state of a checkpoint."""
        means: list[Tensor] = state["means"]
        squares: list[Tensor] = state["squares"]
        self.means, self.squares, self.steps = means, squares, state["steps"]
