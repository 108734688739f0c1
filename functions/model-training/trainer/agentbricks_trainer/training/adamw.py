"""AdamW by PyTorch's fused kernel, as `torch.optim.AdamW(fused=True)` calls it: which loads PyTorch's compiler first, for six seconds.

Source: Loshchilov & Hutter 2019, "Decoupled weight decay regularization".
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

BETAS = (0.9, 0.999)
EPSILON = 1e-8


class AdamW:
    def __init__(self, parameters: Iterable[nn.Parameter], lr: float = 0.0, weight_decay: float = 0.0) -> None:
        self.parameters = list(parameters)
        self.weight_decay = weight_decay
        device = self.parameters[0].device
        # On a GPU it stands where the kernel reads it.
        self.param_groups = [{"lr": torch.tensor(lr, device=device) if device.type == "cuda" else lr}]
        self.means = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.squares = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.steps = torch.zeros((), device=device)

    def zero_grad(self) -> None:
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Only parameters with a gradient move."""
        moved = [i for i, parameter in enumerate(self.parameters) if parameter.grad is not None]
        self.steps += 1
        torch._fused_adamw_(
            [self.parameters[i] for i in moved],
            [self.parameters[i].grad for i in moved],
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

    def state_dict(self) -> dict[str, Tensor | list[Tensor]]:
        return {"means": self.means, "squares": self.squares, "steps": self.steps}

    def load_state_dict(self, state: dict[str, Tensor | list[Tensor]]) -> None:
        self.means, self.squares, self.steps = state["means"], state["squares"], state["steps"]
