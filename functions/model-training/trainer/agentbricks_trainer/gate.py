"""The gate's evidence: by how much the candidate is better than what serves now, or why that cannot be told."""

from datetime import UTC, datetime

import numpy as np

from . import metrics
from .champion import Champion
from .data import Run
from .evaluate import CANDIDATE, NDCG, PERCENTILE, POPULAR, Evaluation, PerUser

# Users with plays in the test. With fewer, a bootstrap interval is too narrow to be trusted.
LEAST_USERS = 30
CHAMPION = "champion"


def not_comparable(run: Run, champion: Champion) -> str | None:
    """Why the test cannot decide between candidate and champion; None where it can."""
    if champion.as_of > run.split_at:
        return (
            f"too little was played since the champion's data ended at {_time(champion.as_of)}: "
            f"the test begins at {_time(run.split_at)}, and the champion has learned from part of it"
        )
    if not (run.earlier.plays.times >= champion.as_of).any():
        return (
            f"the candidate knew no play that the champion did not: "
            f"the champion's data ended at {_time(champion.as_of)}, and the test begins at {_time(run.split_at)}"
        )
    return None


def evidence(evaluation: Evaluation, champion: Champion | None, undecided: str | None, seed: int) -> dict:
    """The manifest's `gate`: the paired difference in one metric, or `undecided` with the reason."""
    incumbent = champion.version if champion else POPULAR
    if undecided:
        return {"incumbent": incumbent, "undecided": undecided}
    chosen = _protocol(evaluation)
    if chosen is None:
        most = max((len(_of(values, CANDIDATE)) for values in evaluation.by_protocol.values()), default=0)
        return {
            "incumbent": incumbent,
            "undecided": f"only {most} users who were known at the split played something new after it: {LEAST_USERS} are needed",
        }
    protocol, metric = chosen
    values = evaluation.by_protocol[protocol]
    difference = values[CANDIDATE][metric] - values[CHAMPION if champion else POPULAR][metric]
    return {
        "metric": f"{protocol}/{metric}",
        "incumbent": incumbent,
        "difference": metrics.interval(difference, seed),
    }


def _protocol(evaluation: Evaluation) -> tuple[str, str] | None:
    """Plays that chance made possible, where there are enough: they favour nobody. Else all plays."""
    for protocol, metric in (("explored", PERCENTILE), ("globalTime", NDCG)):
        values = evaluation.by_protocol.get(protocol)
        if values and len(_of(values, CANDIDATE)) >= LEAST_USERS:
            return protocol, metric
    return None


def _of(values: dict[str, PerUser], who: str) -> np.ndarray:
    return next(iter(values[who].values()))


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds")
