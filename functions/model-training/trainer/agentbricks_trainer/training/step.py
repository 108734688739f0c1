"""One gradient step."""

from torch import Tensor, nn

from .optimiser_protocol import Optimiser

# Largest L2 norm of the gradient over all parameters. A larger gradient is scaled down to it.
MAX_NORM = 1.0


def step(optimiser: Optimiser, model: nn.Module, loss: Tensor) -> None:
    """Clips the gradient of a loss, and updates the model's parameters once.

    Args:
        optimiser: Optimiser of the model's parameters.
        model: Model that the loss was computed with.
        loss: Scalar, ().
    """
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), MAX_NORM)
    optimiser.step()
