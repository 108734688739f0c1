"""Evaluates recommenders on a run: they are trained on the data before the split, and tested on the plays after it.

Sizes: n users of a chunk, L history length, C titles (0 is padding).
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from agentbricks_trainer.data.array_types import Bools, Doubles, Ints, Values
from agentbricks_trainer.data.plays_as_columns import Plays
from agentbricks_trainer.data.run_data_classes import Run, UnchosenPlays
from agentbricks_trainer.models.two_tower.cut_plays_into_windows import HISTORY_LENGTH

from .candidate_and_popularity_scorers import CANDIDATE, Scorer
from .held_out import held_out
from .metrics.bootstrap import summarise
from .metrics.expected_ranks import expected_ranks
from .metrics.per_user import K, per_user
from .metrics.select_top_k_items import top_k

# Number of users per batch of scoring.
CHUNK_USERS = 256
PERCENTILE, LOG_RANK = "percentileRank", "logRank"

# Metric → one number per user.
PerUser: TypeAlias = dict[str, Doubles]


@dataclass(frozen=True)
class Evaluation:
    """Metrics of all recommenders."""

    # Protocol → recommender → metric → values. A protocol without plays is absent.
    by_protocol: dict[str, dict[str, PerUser]]
    test_plays: int
    users: Ints  # users of the protocol globalTime, in the order of its values

    def summary(self, seed: int) -> dict[str, dict[str, dict[str, dict[str, float]]]]:
        """Returns protocol → recommender → metric → mean with its interval, bootstrapped with the seed."""
        return {
            protocol: {who: summarise(of_users, seed) for who, of_users in values.items()}
            for protocol, values in self.by_protocol.items()
        }


def evaluate_run(run: Run, scorers: dict[str, Scorer], seed: int) -> Evaluation:
    """Evaluates recommenders by three protocols.

    `globalTime` ranks the complete catalogue, and all later plays are relevant. Users play titles that they are shown,
    so this protocol favours the recommender that was in service. In the other two protocols, no recommender chose the
    titles of the plays. `explored` uses plays of titles that exploration had sampled at random. `unchosen` also uses
    plays of titles that users found without a slate. For each user, both end before the first play in the test period
    of a title that a recommender had chosen.

    Args:
        run: Data of the run.
        scorers: Recommenders by name. One is the candidate.
        seed: Random seed that orders tied items.
    """
    before, after = held_out(run)
    found = {name: rank_metrics(run, scorer, before, after, seed) for name, scorer in scorers.items()}
    users = np.unique(after.users)
    explored, organic = _uninfluenced(run, run.explored), _uninfluenced(run, run.organic)
    by_protocol = {
        "globalTime": found,
        "explored": _ranks(run, explored, before, scorers),
        "unchosen": _ranks(run, explored.and_also(organic), before, scorers),
    }
    with_users = {name: values for name, values in by_protocol.items() if _count_users(values)}
    return Evaluation(with_users, len(after), users)


def _count_users(values: dict[str, PerUser]) -> int:
    return len(next(iter(values[CANDIDATE].values())))


def rank_metrics(run: Run, scorer: Scorer, before: Plays, after: Plays, seed: int) -> PerUser:
    """Returns hit rate, NDCG and recall of a recommender over the complete catalogue.

    Args:
        run: Data of the run.
        scorer: The recommender.
        before: Plays that the recommender knows. Their titles are not recommended again.
        after: Plays to predict.
        seed: Random seed that orders tied items.

    Returns:
        Metric → values, one per user of `after`, in the order of the users' numbers.
    """
    users, first = np.unique(after.users, return_index=True)
    relevant = np.diff(np.append(first, len(after)))
    random = np.random.default_rng(seed)
    parts = []
    for chunk in _chunks(len(users)) or [np.arange(0)]:
        mine = users[chunk]
        scores = scorer(mine, before.history(mine, np.full(len(mine), run.split_at), HISTORY_LENGTH))
        scores[:, ~run.at_split.title_known] = -np.inf
        _set_at(before, mine, scores, -np.inf)
        wanted = np.zeros(scores.shape, bool)
        _set_at(after, mine, wanted, True)
        best = top_k(scores, K, random)
        hits = np.take_along_axis(wanted & np.isfinite(scores), best, axis=1)
        short = K - hits.shape[1]
        parts.append(per_user(np.pad(hits, ((0, 0), (0, max(0, short)))), relevant[chunk]))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _uninfluenced(run: Run, plays: UnchosenPlays) -> UnchosenPlays:
    """Returns the plays in the test period before the user's first play of a title that a recommender had chosen.

    From that play on, recommendations have influenced which titles the user has left to play.
    """
    size = len(run.titles) + 1
    by_chance = run.explored.users * size + run.explored.titles
    recommended = run.recommended.where(run.recommended.times >= run.split_at)
    chosen = recommended.where(~np.isin(recommended.users * size + recommended.titles, by_chance))
    since = np.full(len(run.user_ids), np.iinfo(np.int64).max)
    np.minimum.at(since, chosen.users, chosen.times)
    return plays.where((plays.times >= run.split_at) & (plays.times < since[plays.users]))


def _ranks(run: Run, plays: UnchosenPlays, before: Plays, scorers: dict[str, Scorer]) -> dict[str, PerUser]:
    """Returns each recommender's mean percentile rank and mean log rank of each user's plays, as of the split.

    A play is ranked among the titles that the user had not played and that were not in its slate, because exploration
    samples from these titles.
    """
    useful = np.flatnonzero(run.at_split.title_known[plays.titles] & np.isin(plays.users, before.users))
    users = np.unique(plays.users[useful])
    rows = np.searchsorted(users, plays.users[useful])
    count = np.maximum(1, np.bincount(rows, minlength=len(users)))
    sums = {name: np.zeros((len(users), 2)) for name in scorers}
    for chunk in _chunks(len(users)):
        mine = users[chunk]
        pools = np.tile(run.at_split.title_known, (len(mine), 1))
        _set_at(before, mine, pools, False)
        history = before.history(mine, np.full(len(mine), run.split_at), HISTORY_LENGTH)
        here = np.flatnonzero((rows >= chunk[0]) & (rows <= chunk[-1]))
        for name, scorer in scorers.items():
            scores = scorer(mine, history)
            for row, i in zip(rows[here], useful[here], strict=True):
                at = row - chunk[0]
                sums[name][row] += _ranks_of_play(scores[at], pools[at], plays, i)
    means = {name: of_users / count[:, None] for name, of_users in sums.items()}
    return {name: {PERCENTILE: values[:, 0], LOG_RANK: values[:, 1]} for name, values in means.items()}


def _ranks_of_play(scores: Values, pool: Bools, plays: UnchosenPlays, i: int) -> tuple[float, float]:
    """Returns the percentile rank and log rank of play i. scores (C + 1,), pool (C + 1,)."""
    others = pool.copy()
    others[plays.shown[i]] = False
    others[plays.titles[i]] = False
    return expected_ranks(scores, others, plays.titles[i])


def _chunks(count: int) -> list[Ints]:
    return np.array_split(np.arange(count), -(-count // CHUNK_USERS)) if count else []


def _set_at(plays: Plays, users: Ints, matrix: Values, value: float | bool) -> None:
    """Sets matrix[i, title] to the value for each play of users[i]. `users` must be sorted."""
    mine = plays.where(np.isin(plays.users, users))
    matrix[np.searchsorted(users, mine.users), mine.titles] = value
