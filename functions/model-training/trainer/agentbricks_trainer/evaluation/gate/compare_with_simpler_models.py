"""Compares the candidate with simpler models, which are trained without gradients."""

from typing import Any

from agentbricks_trainer.evaluation.candidate_and_popularity_scorers import POPULAR
from agentbricks_trainer.evaluation.evaluate_run import Evaluation

from .compare_with_incumbent import LEAST_USERS, lead_over, users_of

# Simpler models other than popularity, as keys of models.MODELS.
SIMPLER = ("item-knn",)


def simpler_models(evaluation: Evaluation, seed: int) -> list[dict[str, Any]]:
    """Returns the candidate's lead over each simpler model, in the gate's metric.

    The list is empty if fewer than LEAST_USERS users have plays that count in the gate's metric.

    Args:
        evaluation: Metrics of the candidate and of the simpler models.
        seed: Seed of the bootstrap.
    """
    if users_of(evaluation) < LEAST_USERS:
        return []
    return [{"model": name, **lead_over(evaluation, name, seed)} for name in (POPULAR, *SIMPLER)]
