"""Times of plays, of which only the order is used: any unit, any origin."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# A decimal number, such as 1700000000, -5, 0.25 or 1.7e9.
NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"


def ranks_of(times: pa.ChunkedArray) -> np.ndarray:
    """Returns the dense rank of each time, from 0; equal times have equal ranks.

    Exact for any number of digits: neither nanoseconds since 1970 nor fractions of a second pass through a float.

    times (N,) str, each of which matches NUMBER → (N,) int64
    """
    try:
        numbers = pc.cast(times, pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        return _ranks_of_decimals(times)
    return np.unique(numbers, return_inverse=True)[1].astype(np.int64)


def _ranks_of_decimals(times: pa.ChunkedArray) -> np.ndarray:
    distinct = pc.unique(times)
    values = [Decimal(text) for text in distinct.to_pylist()]
    order = sorted(range(len(values)), key=values.__getitem__)
    # 1.5 and 1.50 are different strings of the same time.
    later = [False] + [values[one] < values[other] for one, other in zip(order, order[1:])]
    ranks = np.empty(len(values), np.int64)
    ranks[order] = np.cumsum(later)
    return ranks[pc.index_in(times, value_set=distinct).to_numpy()]
