"""Whether a simpler model would do: those that are not significantly worse than the candidate."""

from . import metrics
from .evaluate import CANDIDATE, NDCG, POPULAR, Evaluation

# Of models/. Fitted in one pass, without gradients, and explained in one sentence.
SIMPLER = ("item-knn",)


def simpler_models(evaluation: Evaluation, seed: int) -> list[dict]:
    """The candidate's paired lead over each simpler model, on all plays after the split."""
    values = evaluation.by_protocol.get("globalTime")
    if values is None:
        return []
    return [
        {
            "model": name,
            "metric": f"globalTime/{NDCG}",
            "difference": metrics.interval(values[CANDIDATE][NDCG] - values[name][NDCG], seed),
        }
        for name in (POPULAR, *SIMPLER)
    ]
