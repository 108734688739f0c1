"""AdamW, compared with PyTorch's own."""

import pytest
import torch
from torch import Tensor, nn

from agentbricks_trainer.training.adamw import AdamW
from agentbricks_trainer.training.optimiser_protocol import Optimiser, set_learning_rate


def network() -> nn.Sequential:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))


def loss_of(model: nn.Module, i: int) -> Tensor:
    torch.manual_seed(i)
    loss: Tensor = (model(torch.randn(16, 4)) - 1).square().mean()
    return loss


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_it_updates_as_pytorchs_own(decay: float) -> None:
    ours, theirs = network(), network()
    optimisers: tuple[Optimiser, Optimiser] = (
        AdamW(ours.parameters(), lr=0.01, weight_decay=decay),
        torch.optim.AdamW(theirs.parameters(), lr=0.01, weight_decay=decay),
    )
    for i in range(5):
        for model, optimiser in zip((ours, theirs), optimisers, strict=True):
            optimiser.zero_grad()
            loss_of(model, i).backward()
            optimiser.step()
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_a_parameter_without_a_gradient_stays() -> None:
    used, unused = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
    optimiser = AdamW([used, unused], lr=0.1, weight_decay=0.5)
    used.sum().backward()
    optimiser.step()
    assert unused.tolist() == [1, 1]
    assert used[0].item() == pytest.approx(1 - 0.1 * 0.5 - 0.1, abs=1e-6)


def test_a_stored_state_continues_as_if_it_had_not_stopped() -> None:
    model, copy = network(), network()
    first = AdamW(model.parameters(), lr=0.01)
    for i in range(2):
        first.zero_grad()
        loss_of(model, i).backward()
        first.step()
    second = AdamW(copy.parameters(), lr=0.01)
    copy.load_state_dict(model.state_dict())
    second.load_state_dict({name: _clone(value) for name, value in first.state_dict().items()})
    for net, optimiser in ((model, first), (copy, second)):
        optimiser.zero_grad()
        loss_of(net, 9).backward()
        optimiser.step()
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), copy.parameters(), strict=True))


def _clone(value: Tensor | list[Tensor]) -> Tensor | list[Tensor]:
    return value.clone() if isinstance(value, Tensor) else [tensor.clone() for tensor in value]


def test_a_rate_is_set_as_a_number_or_in_place() -> None:
    optimiser = AdamW([nn.Parameter(torch.ones(1))], lr=0.1)
    set_learning_rate(optimiser, 0.25)
    assert optimiser.param_groups[0]["lr"] == 0.25
    rate = torch.tensor(0.1)
    optimiser.param_groups[0]["lr"] = rate
    set_learning_rate(optimiser, 0.5)
    assert optimiser.param_groups[0]["lr"] is rate
    assert rate.item() == 0.5
