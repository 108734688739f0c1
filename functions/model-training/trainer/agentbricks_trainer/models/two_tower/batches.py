"""Groups windows into batches.

Sizes: N windows, B windows of a batch, W targets of a window.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from torch import Tensor

from .cut_plays_into_windows import Windows
from .negatives import Negatives


class Batch(NamedTuple):
    """Windows of one step, and upper bounds of the sizes of tensors made from them.

    The bounds are Python integers, because reading a count from a GPU would make the processor wait.
    """

    rows: Tensor  # (B,) int64, numbers of the windows
    # Upper bounds of the number of examples, and of the number of plays by the windows' users. On a GPU, all batches of
    # an epoch except the last have the same sizes, so that one captured step fits them.
    examples: int
    plays: int


def batches_of(windows: Windows, examples: Tensor, order: Tensor, size: int, negatives: Negatives) -> Iterator[Batch]:
    """Yields batches of windows, and skips batches without an example.

    Args:
        windows: All windows.
        examples: Examples to use, (N, W) bool.
        order: Numbers of the windows, in the order to use, on the processor.
        size: Windows per batch.
        negatives: Sampler of negatives, which has the number of plays per user.
    """
    starts = np.arange(0, len(order), size)
    example_counts, play_counts = (
        np.add.reduceat(of_window.cpu().numpy()[order.numpy()], starts)
        for of_window in (examples.sum(1), negatives.counts[windows.users])
    )
    most = (int(example_counts.max()), int(play_counts.max())) if examples.is_cuda else None
    batches = zip(order.to(examples.device).split(size), example_counts.tolist(), play_counts.tolist(), strict=True)
    for rows, *counts in batches:
        if counts[0]:
            yield Batch(rows, *(most or counts))
