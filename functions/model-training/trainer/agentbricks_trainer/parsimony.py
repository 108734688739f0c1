"""Whether a simpler model would do: by how much the candidate is better than models without gradients."""

from . import metrics
from .evaluate import CANDIDATE, PERCENTILE, POPULAR, Evaluation
from .gate import deciding_protocol

# Of models/. Fitted in one pass, and explained in one sentence.
SIMPLER = ("item-knn",)


def simpler_models(evaluation: Evaluation, seed: int) -> list[dict]:
    """The candidate's paired lead over each simpler model, on plays that no recommender has chosen."""
    protocol = deciding_protocol(evaluation)
    if protocol is None:
        return []
    values = evaluation.by_protocol[protocol]
    return [
        {
            "model": name,
            "metric": f"{protocol}/{PERCENTILE}",
            "difference": metrics.interval(values[CANDIDATE][PERCENTILE] - values[name][PERCENTILE], seed),
        }
        for name in (POPULAR, *SIMPLER)
    ]
