"""Ranks of one relevant title, averaged over all orders of the titles with the same score."""

import math

import numpy as np

from agentbricks_trainer.data.array_types import Bools, Values


def expected_ranks(scores: Values, pool: Bools, title: int) -> tuple[float, float]:
    """Returns the percentile rank and the log rank of a title.

    Percentile rank: the share of the pool that the title beats. 1 is the top and 0.5 is chance. (In Hu, Koren, Volinsky
    2008, 0 is the top.)
    Log rank: −ln(rank), 0 at the top. It is the log-likelihood of the play, up to a constant, if users play the title
    at rank r with a probability proportional to 1/r. Moving a title from rank 20 to 10 counts as much as from 200 to
    100.

    Args:
        scores: Scores of all titles, (C + 1,).
        pool: Mask of the titles to rank it among, without the title itself, (C + 1,).
        title: Title number.
    """
    others = scores[pool]
    above, ties = np.count_nonzero(others > scores[title]), np.count_nonzero(others == scores[title])
    percentile = 1 - (above + ties / 2) / max(1, len(others))
    # The sum of ln(r) over the ranks above + 1 to above + 1 + ties.
    log_ranks = math.lgamma(above + ties + 2) - math.lgamma(above + 1)
    return percentile, -log_ranks / (ties + 1)
