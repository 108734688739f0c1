"""Whether a simpler model would do: the candidate's lead over models without gradients."""

from .evaluate import POPULAR, Evaluation
from .gate import PROTOCOL, lead_over

# Modules in models/ that are fitted in one pass and explained in one sentence.
SIMPLER = ("item-knn",)


def simpler_models(evaluation: Evaluation, seed: int) -> list[dict]:
    """The candidate's lead over each simpler model, in the gate's metric."""
    if PROTOCOL not in evaluation.by_protocol:
        return []
    return [{"model": name, **lead_over(evaluation, name, seed)} for name in (POPULAR, *SIMPLER)]
