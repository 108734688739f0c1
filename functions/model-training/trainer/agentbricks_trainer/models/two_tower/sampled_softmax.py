"""Cross-entropy of targets against a sample of the catalogue, in one pass over the scores.

Sizes: E examples, M sampled items, D dimensions.
"""

from typing import Any

import torch
from torch import Tensor


class SampledSoftmax(torch.autograd.Function):
    """Computes the `cross_entropy` of the targets' scores concatenated with the sampled items' scores.

    The (E, M) scores are written once and changed in place.
    """

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401
        users: Tensor,
        targets: Tensor,
        drawn: Tensor,
        correction: Tensor,
        forbidden: Tensor,
        count: Tensor,
    ) -> Tensor:
        """Returns the mean loss of the first `count` examples, ().

        Args:
            ctx: Stores tensors for `backward`.
            users: Vectors of users, (E, D).
            targets: Vectors of the items that they played next, (E, D).
            drawn: Vectors of the sampled items, (M, D).
            correction: Number to add to the score of each sampled item, (M,).
            forbidden: Mask of the sampled items that are not negatives of an example, (E, M). All True for examples
                beyond `count`.
            count: Number of examples in the mean, ().
        """
        negative = torch.addmm(correction, users, drawn.T).masked_fill_(forbidden, float("-inf"))
        positive = (users * targets).sum(1)
        greatest = torch.maximum(negative.amax(1), positive)
        negative.sub_(greatest[:, None]).exp_()
        of_positive = (positive - greatest).exp()
        total = negative.sum(1) + of_positive
        negative.div_(total[:, None])  # now probabilities
        ctx.save_for_backward(users, targets, drawn, negative, of_positive / total - 1, count)
        return (total.log() + greatest - positive).sum() / count

    @staticmethod
    def backward(
        ctx: Any,  # noqa: ANN401
        gradient: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor, None, None, None]:
        """Returns the gradients of `users`, `targets` and `drawn`."""
        users, targets, drawn, probabilities, residual, count = ctx.saved_tensors
        scale = gradient / count
        missed = (residual * scale)[:, None]
        of_users = (probabilities @ drawn).mul_(scale).addcmul_(missed, targets)
        return of_users, missed * users, (probabilities.T @ users).mul_(scale), None, None, None
