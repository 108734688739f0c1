"""Ranks timestamps. Only their order is used, so they may have any unit and any origin."""

from decimal import Decimal
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from agentbricks_trainer.data.array_types import Ints

# A decimal number, such as 1700000000, -5, 0.25 or 1.7e9.
NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"


def dense_ranks(times: pa.ChunkedArray) -> Ints:
    """Returns the dense rank of each time, from 0. Equal times have equal ranks.

    The ranks are exact for any number of digits: no time is converted to a float.

    Args:
        times: Strings that match NUMBER, (N,).

    Returns:
        Ranks, (N,).
    """
    try:
        numbers = pc.cast(times, pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        return _ranks_of_decimals(times)
    return np.unique(numbers, return_inverse=True)[1].astype(np.int64)


def _ranks_of_decimals(times: pa.ChunkedArray) -> Ints:
    distinct = pc.unique(times)
    values = [Decimal(text) for text in distinct.to_pylist()]
    order = sorted(range(len(values)), key=values.__getitem__)
    # 1.5 and 1.50 are different strings for the same time.
    later = [False] + [values[one] < values[other] for one, other in pairwise(order)]
    ranks = np.empty(len(values), np.int64)
    ranks[order] = np.cumsum(later)
    of_times: Ints = ranks[pc.index_in(times, value_set=distinct).to_numpy()]
    return of_times
