"""Loss of the two-tower: predict the next play of each sequence among sampled items."""

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor

from agentbricks_trainer.training.select_device_and_precision import mixed_precision

from .batches import Batch, batches_of
from .cut_plays_into_windows import Windows
from .negatives import Negatives
from .sampled_softmax import SampledSoftmax
from .two_tower import TwoTower

# Number of windows per batch of validation.
VALIDATION_BATCH = 64


def sampled_loss(towers: TwoTower, windows: Windows, batch: Batch, examples: Tensor, negatives: Negatives) -> Tensor:
    """Returns the softmax cross-entropy of the targets against a sample of the catalogue.

    Args:
        towers: Model.
        windows: All windows.
        batch: Windows to use, B.
        examples: Mask of the examples to use, over all windows, (N, W).
        negatives: Sampler of the items.

    Returns:
        Mean over the examples of the batch, ().
    """
    rows, room, plays = batch
    of_batch = examples[rows].T.flatten()  # (W * B,)
    count, place = of_batch.sum(), torch.arange(room, device=rows.device)
    # (E,), positions of the examples. Repeated examples fill spare room, and the loss ignores them.
    at = of_batch.nonzero_static(size=room).squeeze(1)[place % count]
    items = windows.items[rows].T  # (L + W, B)
    vectors = towers.titles()
    with mixed_precision(rows.device):
        user = towers.prefixes(items, at, vectors)  # (E, D)
    target = items[len(towers.recency) :].flatten()[at]  # (E,)
    drawn, expected = negatives.draw(target)
    times = windows.times[rows].T.flatten()[at]
    forbidden = (
        negatives.forbidden(drawn, windows.users[rows], plays, times, at % len(rows)) | (place >= count)[:, None]
    )
    targets, sample = F.embedding(target, vectors), F.embedding(drawn, vectors)
    correction = negatives.log_q_correction(expected)
    loss = SampledSoftmax.apply(user.float(), targets, sample, correction, forbidden, count)
    return cast("Tensor", loss)


@torch.no_grad()
def validation_loss(towers: TwoTower, windows: Windows, negatives: Negatives) -> float:
    """Returns the mean loss of the held-out examples.

    Every call samples the same negatives, and leaves the random state of the training unchanged.
    """
    held_out = windows.held_out
    order = held_out.any(1).cpu().nonzero().squeeze(1)
    total = torch.zeros(())
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for batch in batches_of(windows, held_out, order, VALIDATION_BATCH, negatives):
            total = total + sampled_loss(towers, windows, batch, held_out, negatives) * held_out[batch.rows].sum()
    return total.item() / int(held_out.sum())
