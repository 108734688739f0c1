"""The gate's evidence: by how much the candidate is better than what serves now, or why that cannot be told."""

from datetime import UTC, datetime

from . import metrics
from .champion import Champion
from .data import Run
from .evaluate import CANDIDATE, PERCENTILE, POPULAR, Evaluation

# Users with plays in the test. With fewer, a bootstrap interval is too narrow to be trusted.
LEAST_USERS = 30
CHAMPION = "champion"
PROTOCOLS = ("explored", "unchosen")


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
    protocol = deciding_protocol(evaluation, champion)
    if protocol is None:
        most = max((_users(evaluation, name) for name in PROTOCOLS), default=0)
        return {
            "incumbent": incumbent,
            "undecided": f"only {most} users who were known before the test played something in it that was not recommended: "
            f"{LEAST_USERS} are needed",
        }
    values = evaluation.by_protocol[protocol]
    difference = values[CANDIDATE][PERCENTILE] - values[CHAMPION if champion else POPULAR][PERCENTILE]
    return {
        "metric": f"{protocol}/{PERCENTILE}",
        "incumbent": incumbent,
        "difference": metrics.interval(difference, seed),
    }


def deciding_protocol(evaluation: Evaluation, champion: Champion | None = None) -> str | None:
    """Which plays decide: only those that no recommender has chosen, because all others favour the one that has.

    Against popularity, titles that chance had shown: what people find by themselves follows popularity, and favours it. Between two models
    it favours neither, and there is much more of it.
    """
    order = ("unchosen",) if champion else PROTOCOLS
    return next((name for name in order if _users(evaluation, name) >= LEAST_USERS), None)


def _users(evaluation: Evaluation, protocol: str) -> int:
    values = evaluation.by_protocol.get(protocol)
    return len(values[CANDIDATE][PERCENTILE]) if values else 0


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds")
