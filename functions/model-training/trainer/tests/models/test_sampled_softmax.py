"""The sampled softmax, compared with PyTorch's cross-entropy."""

import torch
import torch.nn.functional as F
from torch import Tensor

from agentbricks_trainer.models.two_tower.sampled_softmax import SampledSoftmax

E, M, D = 5, 7, 4


def inputs() -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    torch.manual_seed(1)
    users, targets, drawn = (torch.randn(n, D, requires_grad=True) for n in (E, E, M))
    return users, targets, drawn, torch.randn(M), torch.rand(E, M) < 0.3


def test_loss_and_gradients_are_those_of_cross_entropy() -> None:
    users, targets, drawn, correction, forbidden = inputs()
    ours = SampledSoftmax.apply(users, targets, drawn, correction, forbidden, torch.tensor(E))
    found = torch.autograd.grad(ours, (users, targets, drawn))
    negative = (users @ drawn.T + correction).masked_fill(forbidden, float("-inf"))
    logits = torch.cat([(users * targets).sum(1, keepdim=True), negative], dim=1)
    expected = F.cross_entropy(logits, torch.zeros(E, dtype=torch.long))
    wanted = torch.autograd.grad(expected, (users, targets, drawn))
    assert torch.allclose(ours, expected, atol=1e-6)
    assert all(torch.allclose(one, other, atol=1e-6) for one, other in zip(found, wanted, strict=True))


def test_examples_beyond_the_count_do_not_matter() -> None:
    users, targets, drawn, correction, forbidden = inputs()
    count = 3
    padded = forbidden.clone()
    padded[count:] = True
    ours = SampledSoftmax.apply(users, targets, drawn, correction, padded, torch.tensor(count))
    first = SampledSoftmax.apply(
        users[:count], targets[:count], drawn, correction, forbidden[:count], torch.tensor(count)
    )
    assert torch.allclose(ours, first, atol=1e-6)
    gradients = torch.autograd.grad(ours, (users, targets))
    assert all(torch.allclose(gradient[count:], torch.zeros(E - count, D), atol=1e-6) for gradient in gradients)
