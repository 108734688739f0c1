"""One gradient step."""

import torch
from torch import nn

from agentbricks_trainer.training.step import MAX_NORM, step


def test_a_step_moves_against_the_gradient() -> None:
    model = nn.Linear(2, 1, bias=False)
    nn.init.zeros_(model.weight)
    step(torch.optim.SGD(model.parameters(), lr=0.1), model, (model(torch.tensor([[0.3, -0.4]])) * 2).sum())
    assert torch.allclose(model.weight, torch.tensor([[-0.06, 0.08]]))


def test_a_large_gradient_is_scaled_down_to_the_largest_norm() -> None:
    model = nn.Linear(2, 1, bias=False)
    nn.init.zeros_(model.weight)
    step(torch.optim.SGD(model.parameters(), lr=1), model, model(torch.tensor([[30.0, -40.0]])).sum())
    assert torch.allclose(model.weight, MAX_NORM * torch.tensor([[-0.6, 0.8]]), atol=1e-5)


def test_gradients_of_earlier_steps_do_not_accumulate() -> None:
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)
    optimiser = torch.optim.SGD(model.parameters(), lr=1)
    for _ in range(3):
        step(optimiser, model, model(torch.tensor([[0.25]])).sum())
    assert model.weight.item() == -0.75
