"""Whether a simpler model would do: the candidate's lead over models without gradients."""

from typing import Any

from agentbricks_trainer.evaluation.evaluate_run import Evaluation
from agentbricks_trainer.evaluation.scorers import POPULAR

from .evidence import LEAST_USERS, lead_over, users_of

# Models that are fitted in one pass and explained in one sentence. Keys of models.MODELS.
SIMPLER = ("item-knn",)


def simpler_models(evaluation: Evaluation, seed: int) -> list[dict[str, Any]]:
    """Returns the candidate's lead over each simpler model, in the gate's metric.

    Empty if too few users have plays that can decide.

    Args:
        evaluation: Metrics of the candidate and of the simpler models.
        seed: Seed of the bootstrap.
    """
    if users_of(evaluation) < LEAST_USERS:
        return []
    return [{"model": name, **lead_over(evaluation, name, seed)} for name in (POPULAR, *SIMPLER)]
