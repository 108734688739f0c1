"""Whether a simpler model would do: by how much the candidate is better than models without gradients."""

from .evaluate import POPULAR, Evaluation
from .gate import PROTOCOL, lead_over

# Of models/. Fitted in one pass, and explained in one sentence.
SIMPLER = ("item-knn",)


def simpler_models(evaluation: Evaluation, seed: int) -> list[dict]:
    """The candidate's lead over each simpler model, in the gate's metric."""
    if PROTOCOL not in evaluation.by_protocol:
        return []
    return [{"model": name, **lead_over(evaluation, name, seed)} for name in (POPULAR, *SIMPLER)]
