"""Cross-entropy of targets against a sample of the catalogue, in one pass over the scores. Sizes: E examples, M drawn, D dimensions."""

import torch
from torch import Tensor


class SampledSoftmax(torch.autograd.Function):
    """The same as `cross_entropy` of the concatenated scores; here the (E, M) of them are written once, and changed in place."""

    @staticmethod
    def forward(
        ctx, users: Tensor, targets: Tensor, drawn: Tensor, log_expected: Tensor, forbidden: Tensor, count: Tensor
    ) -> Tensor:
        """users, targets (E, D); drawn (M, D); log_expected (M,): of each in the sample; forbidden (E, M) bool.

        Returns the mean loss of the first `count` examples; the others must be forbidden everything, and are nothing then.
        """
        negative = torch.addmm(-log_expected, users, drawn.T).masked_fill_(forbidden, float("-inf"))
        positive = (users * targets).sum(1)
        greatest = torch.maximum(negative.amax(1), positive)
        negative.sub_(greatest[:, None]).exp_()
        of_positive = (positive - greatest).exp()
        total = negative.sum(1) + of_positive
        negative.div_(total[:, None])  # now probabilities
        ctx.save_for_backward(users, targets, drawn, negative, of_positive / total - 1, count)
        return (total.log() + greatest - positive).sum() / count

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None, None]:
        users, targets, drawn, probabilities, residual, count = ctx.saved_tensors
        scale = gradient / count
        missed = (residual * scale)[:, None]
        of_users = (probabilities @ drawn).mul_(scale).addcmul_(missed, targets)
        return of_users, missed * users, (probabilities.T @ users).mul_(scale), None, None, None
