"""Measures recommenders per segment of users or titles, on the plays after the split."""

from typing import TypeAlias

import numpy as np

from agentbricks_trainer.data.array_types import Bools, Texts
from agentbricks_trainer.data.plays_as_columns import Plays
from agentbricks_trainer.data.run_data_classes import Run

from .candidate_and_popularity_scorers import Scorer
from .evaluate_run import Evaluation, PerUser, rank_metrics
from .held_out import held_out
from .metrics.bootstrap import summarise

# Maximum number of plays that a new user has before the split.
NEW_UP_TO = 5
# Popular titles are the most played titles that together have this share of the plays before the split.
HEAD_SHARE = 0.8
# Countries with fewer users form one segment: an interval over a handful of people is meaningless.
LEAST_USERS = 50
OTHER, UNKNOWN = "other", "unknown"

# Fields `kind`, `name`, `users` and `metrics`, as in the manifest.
Segment: TypeAlias = dict[str, object]


def segments(run: Run, evaluation: Evaluation, scorers: dict[str, Scorer], seed: int) -> list[Segment]:
    """Returns each segment that has users, with the metrics of each recommender.

    The segments are new and old users, popular and rare titles, and countries. A segment of titles counts only the
    plays of its titles, against rankings of the complete catalogue.

    Args:
        run: Data of the run.
        evaluation: Metrics of all users.
        scorers: Recommenders to report. Without any there are no segments.
        seed: Random seed of the bootstrap, and of the order of tied items.
    """
    if not scorers:
        return []
    before, after = held_out(run)
    users = evaluation.users
    values = {who: evaluation.by_protocol["globalTime"][who] for who in scorers}
    new = np.bincount(before.users, minlength=len(run.user_ids))[users] <= NEW_UP_TO
    parts = [_segment("users", name, values, chosen, seed) for name, chosen in (("new", new), ("old", ~new))]
    popular = _popular_titles(before, len(run.titles))
    for name, chosen in (("popular", popular), ("rare", ~popular)):
        of_segment = after.where(chosen[after.titles])
        of_titles = {who: rank_metrics(run, scorer, before, of_segment, seed) for who, scorer in scorers.items()}
        parts.append(_segment("titles", name, of_titles, None, seed))
    countries = _merge_small(run.at_split.country[users])
    parts += [_segment("country", name, values, countries == name, seed) for name in np.unique(countries)]
    return [part for part in parts if part["users"]]


def _segment(kind: str, name: str, values: dict[str, PerUser], chosen: Bools | None, seed: int) -> Segment:
    """Returns the segment of the users in the mask `chosen`, (users,). None: all users."""
    of_segment = {
        who: {metric: of_users if chosen is None else of_users[chosen] for metric, of_users in by_metric.items()}
        for who, by_metric in values.items()
    }
    count = len(next(iter(next(iter(of_segment.values())).values())))
    means = {who: summarise(by_metric, seed) for who, by_metric in of_segment.items()} if count else {}
    return {"kind": kind, "name": str(name), "users": count, "metrics": means}


def _popular_titles(before: Plays, titles: int) -> Bools:
    """Returns a mask, (C + 1,), of the most played titles that together have at least HEAD_SHARE of the plays."""
    plays = np.bincount(before.titles, minlength=titles + 1)
    order = np.argsort(-plays, kind="stable")
    earlier = np.cumsum(plays[order]) - plays[order]
    head = np.zeros(titles + 1, bool)
    head[order] = earlier < HEAD_SHARE * plays.sum()
    return head


def _merge_small(countries: Texts) -> Texts:
    """Returns the country of each user, (n,), or OTHER if the country has fewer than LEAST_USERS users."""
    named = np.where(countries == "", UNKNOWN, countries)
    names, counts = np.unique(named, return_counts=True)
    return np.where(np.isin(named, names[counts < LEAST_USERS]), OTHER, named)
