"""How well a model serves whom: the global-time split, part by part."""

import numpy as np

from agentbricks_trainer.data.run import Plays, Run

from . import metrics
from .evaluate import Evaluation, PerUser, Scorer, held_out, measured

# Plays before the split, up to which a user is new.
NEW_UP_TO = 5
# Popular titles are those that together have this share of the plays before the split.
HEAD_SHARE = 0.8
# Countries with fewer are one segment: an interval over a handful of people says nothing.
LEAST_USERS = 50
OTHER, UNKNOWN = "other", "unknown"


def segments(run: Run, evaluation: Evaluation, scorers: dict[str, Scorer], seed: int) -> list[dict]:
    """One entry per segment that anybody is in: kind, name, users, and each recommender's metrics.

    A title's segment counts what was played of its titles alone, against rankings of the whole catalogue.
    """
    if not scorers:
        return []
    before, after = held_out(run)
    users = evaluation.users
    values = {who: evaluation.by_protocol["globalTime"][who] for who in scorers}
    new = np.bincount(before.users, minlength=len(run.user_ids))[users] <= NEW_UP_TO
    parts = [_part("users", name, values, chosen, seed) for name, chosen in (("new", new), ("old", ~new))]
    popular = _head(before, len(run.titles))
    for name, chosen in (("popular", popular), ("rare", ~popular)):
        mine = after.where(chosen[after.titles])
        of_titles = {who: measured(run, scorer, before, mine, seed) for who, scorer in scorers.items()}
        parts.append(_part("titles", name, of_titles, None, seed))
    countries = _joined(run.at_split.country[users])
    parts += [_part("country", name, values, countries == name, seed) for name in np.unique(countries)]
    return [part for part in parts if part["users"]]


def _part(kind: str, name: str, values: dict[str, PerUser], chosen: np.ndarray | None, seed: int) -> dict:
    """chosen (users,) bool; None: all of them."""
    mine = {
        who: {metric: of_users if chosen is None else of_users[chosen] for metric, of_users in by_metric.items()}
        for who, by_metric in values.items()
    }
    count = len(next(iter(next(iter(mine.values())).values())))
    summaries = {who: metrics.summary(by_metric, seed) for who, by_metric in mine.items()} if count else {}
    return {"kind": kind, "name": str(name), "users": count, "metrics": summaries}


def _head(before: Plays, titles: int) -> np.ndarray:
    """(C + 1,) bool: the titles with HEAD_SHARE of the plays, the most played first."""
    plays = np.bincount(before.titles, minlength=titles + 1)
    order = np.argsort(-plays, kind="stable")
    earlier = np.cumsum(plays[order]) - plays[order]
    head = np.zeros(titles + 1, bool)
    head[order] = earlier < HEAD_SHARE * plays.sum()
    return head


def _joined(countries: np.ndarray) -> np.ndarray:
    """(n,) str: those with too few people have one name."""
    named = np.where(countries == "", UNKNOWN, countries).astype(object)
    names, counts = np.unique(named.astype(str), return_counts=True)
    small = names[counts < LEAST_USERS]
    return np.where(np.isin(named.astype(str), small), OTHER, named.astype(str))
