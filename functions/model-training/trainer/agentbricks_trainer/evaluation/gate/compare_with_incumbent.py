"""The gate's evidence: the candidate's lead over the recommender that serves now, or why the test cannot decide."""

from datetime import datetime, timezone
from typing import Any

import numpy as np

from agentbricks_trainer.data.run_data_classes import Run
from agentbricks_trainer.evaluation.candidate_and_popularity_scorers import CANDIDATE, POPULAR
from agentbricks_trainer.evaluation.evaluate_run import LOG_RANK, Evaluation
from agentbricks_trainer.evaluation.metrics.bootstrap import bootstrap_interval, lower_bound

from .load_champion_scorer import Champion

# Minimum number of users with plays in the test period. With fewer, a bootstrap interval is too narrow to be trusted.
LEAST_USERS = 30
CHAMPION = "champion"
# Differences of at most this size are rounding errors: the same ranks were added in another order.
ROUNDING = 1e-9
PROTOCOL = "unchosen"


def not_comparable(run: Run, champion: Champion) -> str | None:
    """Returns why the test cannot decide between candidate and champion, or None if it can."""
    if champion.as_of > run.split_at:
        return (
            f"too little was played since the champion's data ended at {_time(champion.as_of)}: "
            f"the test begins at {_time(run.split_at)}, and the champion has learned from part of it"
        )
    if not (run.before_split.plays.times >= champion.as_of).any():
        return (
            f"the candidate has learned from no play that the champion did not know: "
            f"the champion's data ended at {_time(champion.as_of)}, and the test begins at {_time(run.split_at)}"
        )
    return None


def evidence(evaluation: Evaluation, champion: Champion | None, undecided: str | None, seed: int) -> dict[str, Any]:
    """Returns the manifest's field `gate`: the candidate's lead in one metric, or `undecided` with the reason.

    Args:
        evaluation: Metrics of the candidate and of the incumbent.
        champion: The incumbent. None: the incumbent is popularity.
        undecided: Why the test cannot decide. None: it decides if at least LEAST_USERS users have plays in it.
        seed: Seed of the bootstrap.
    """
    incumbent = champion.version if champion else POPULAR
    if undecided:
        return {"incumbent": incumbent, "undecided": undecided}
    users = users_of(evaluation)
    if users < LEAST_USERS:
        return {
            "incumbent": incumbent,
            "undecided": f"only {users} users who were known before the test have a play in it "
            f"that no recommender chose: {LEAST_USERS} are needed",
        }
    return {"incumbent": incumbent, **lead_over(evaluation, CHAMPION if champion else POPULAR, seed)}


def lead_over(evaluation: Evaluation, other: str, seed: int) -> dict[str, Any]:
    """Returns the candidate's mean paired lead over another recommender, with its interval and lower bound.

    Only plays of titles that no recommender chose count, because other plays favour the recommender that chose their
    titles. Titles that users find without a slate tend to be popular, so the counted plays favour popularity slightly.
    This underestimates a lead over popularity.

    Args:
        evaluation: Metrics of both recommenders.
        other: Name of the other recommender.
        seed: Seed of the bootstrap.
    """
    values = evaluation.by_protocol[PROTOCOL]
    difference = values[CANDIDATE][LOG_RANK] - values[other][LOG_RANK]
    difference = np.where(np.abs(difference) <= ROUNDING, 0, difference)
    return {
        "metric": f"{PROTOCOL}/{LOG_RANK}",
        "difference": bootstrap_interval(difference, seed),
        "lowerBound": lower_bound(difference, seed),
    }


def users_of(evaluation: Evaluation) -> int:
    """Returns the number of users who have test plays of titles that no recommender had chosen."""
    values = evaluation.by_protocol.get(PROTOCOL)
    return len(values[CANDIDATE][LOG_RANK]) if values else 0


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, timezone.utc).isoformat(timespec="seconds")
