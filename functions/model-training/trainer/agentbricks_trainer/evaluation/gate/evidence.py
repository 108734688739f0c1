"""The gate's evidence: the candidate's lead over the recommender that serves now, or why the test cannot decide."""

from datetime import datetime, timezone

import numpy as np

from agentbricks_trainer.data.run import Run
from agentbricks_trainer.evaluation import metrics
from agentbricks_trainer.evaluation.evaluate import (
    CANDIDATE,
    LOG_RANK,
    POPULAR,
    Evaluation,
)

from .champion import Champion

# Users with plays in the test. With fewer, a bootstrap interval is too narrow to be trusted.
LEAST_USERS = 30
CHAMPION = "champion"
ROUNDING = 1e-9
PROTOCOL = "unchosen"


def not_comparable(run: Run, champion: Champion) -> str | None:
    """Returns why the test cannot decide between candidate and champion; None if it can."""
    if champion.as_of > run.split_at:
        return (
            f"too little was played since the champion's data ended at {_time(champion.as_of)}: "
            f"the test begins at {_time(run.split_at)}, and the champion has learned from part of it"
        )
    if not (run.earlier.plays.times >= champion.as_of).any():
        return (
            f"the candidate has learned from no play that the champion did not know: "
            f"the champion's data ended at {_time(champion.as_of)}, and the test begins at {_time(run.split_at)}"
        )
    return None


def evidence(evaluation: Evaluation, champion: Champion | None, undecided: str | None, seed: int) -> dict:
    """The manifest's `gate`: the paired difference in one metric, or `undecided` with the reason."""
    incumbent = champion.version if champion else POPULAR
    if undecided:
        return {"incumbent": incumbent, "undecided": undecided}
    users = users_of(evaluation)
    if users < LEAST_USERS:
        return {
            "incumbent": incumbent,
            "undecided": f"only {users} users who were known before the test have a play in it that no recommender chose: "
            f"{LEAST_USERS} are needed",
        }
    return {"incumbent": incumbent, **lead_over(evaluation, CHAMPION if champion else POPULAR, seed)}


def lead_over(evaluation: Evaluation, other: str, seed: int) -> dict:
    """The candidate's paired lead over another recommender, on plays that no recommender has chosen.

    Other plays favour the recommender that chose them. Titles that users find without a slate tend to be popular, so these plays
    favour popularity a little: a model that beats it there is certainly better.
    """
    values = evaluation.by_protocol[PROTOCOL]
    difference = values[CANDIDATE][LOG_RANK] - values[other][LOG_RANK]
    # Sums of the same ranks in another order differ in their last bits. Such a difference is not a lead.
    difference = np.where(np.abs(difference) <= ROUNDING, 0, difference)
    return {"metric": f"{PROTOCOL}/{LOG_RANK}", "difference": metrics.interval(difference, seed)}


def users_of(evaluation: Evaluation) -> int:
    """How many users have plays that can decide."""
    values = evaluation.by_protocol.get(PROTOCOL)
    return len(values[CANDIDATE][LOG_RANK]) if values else 0


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, timezone.utc).isoformat(timespec="seconds")
