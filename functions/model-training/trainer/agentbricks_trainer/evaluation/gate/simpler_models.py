"""Whether a simpler model would do: the candidate's lead over models without gradients."""

from agentbricks_trainer.evaluation.evaluate import POPULAR, Evaluation

from .evidence import LEAST_USERS, lead_over, users_of

# Modules in models/ that are fitted in one pass and explained in one sentence.
SIMPLER = ("item-knn",)


def simpler_models(evaluation: Evaluation, seed: int) -> list[dict]:
    """The candidate's lead over each simpler model, in the gate's metric; none where too few users have plays that can decide."""
    if users_of(evaluation) < LEAST_USERS:
        return []
    return [{"model": name, **lead_over(evaluation, name, seed)} for name in (POPULAR, *SIMPLER)]
