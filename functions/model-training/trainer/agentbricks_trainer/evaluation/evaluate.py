"""Offline evaluation of a run on its global-time split: what was known at one time against what was played after it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from agentbricks_trainer.data.run import Plays, Run, Unchosen
from agentbricks_trainer.models.two_stage import Fitted
from agentbricks_trainer.models.two_tower.two_tower import HISTORY_LENGTH

from . import metrics

# As the service does: this many from the index, ranked by the ranker.
RETRIEVED = 200
CHUNK_USERS = 256
POPULAR = "popular"
CANDIDATE = "candidate"
# Titles that were not retrieved rank below all retrieved ones, in the order of their retrieval scores.
NOT_RETRIEVED = 1e6
PERCENTILE, LOG_RANK = "percentileRank", "logRank"

# Scores of every title for some users: (users (n,), histories (n, L)) → (n, C + 1).
Scorer = Callable[[np.ndarray, np.ndarray], np.ndarray]
# metric → (users,): one number per user.
PerUser = dict[str, np.ndarray]


@dataclass(frozen=True)
class Evaluation:
    # protocol → recommender → metric → (users,). A protocol without plays is absent.
    by_protocol: dict[str, dict[str, PerUser]]
    test_plays: int
    # The users of the protocol globalTime, in the order of its values.
    users: np.ndarray

    def summary(self, seed: int) -> dict:
        """protocol → recommender → metric → mean with its interval."""
        return {
            protocol: {who: metrics.summary(of_users, seed) for who, of_users in values.items()}
            for protocol, values in self.by_protocol.items()
        }


def evaluate(run: Run, scorers: dict[str, Scorer], seed: int) -> Evaluation:
    """Ranks with what was known at the split, and compares with what was played after it.

    globalTime ranks the complete catalogue against all later plays. People play what they are shown, so it favours the
    recommender that served. No recommender has chosen the plays of the other two protocols. explored has plays of titles that
    chance had shown. unchosen also has plays of titles that users found without a slate. Both end for a user when they first play a
    title that a recommender had chosen in the test.
    """
    before, after = held_out(run)
    found = {name: measured(run, scorer, before, after, seed) for name, scorer in scorers.items()}
    users = np.unique(after.users)
    explored, organic = _uninfluenced(run, run.explored), _uninfluenced(run, run.organic)
    by_protocol = {
        "globalTime": found,
        "explored": _ranks(run, explored, before, scorers),
        "unchosen": _ranks(run, explored.and_also(organic), before, scorers),
    }
    any_users = {name: values for name, values in by_protocol.items() if _users_of(values)}
    return Evaluation(any_users, len(after), users)


def _users_of(values: dict[str, PerUser]) -> int:
    return len(next(iter(values[CANDIDATE].values())))


def held_out(run: Run) -> tuple[Plays, Plays]:
    """Returns the plays known at the split, and the later plays by the same users, of titles that were known at the split."""
    before, after = run.earlier.plays, run.plays.where(run.plays.times >= run.split_at)
    return before, after.where(run.at_split.title_known[after.titles] & np.isin(after.users, before.users))


def measured(run: Run, scorer: Scorer, before: Plays, after: Plays, seed: int) -> PerUser:
    """Metrics of each user in `after`, in the order of the users' numbers."""
    users, first = np.unique(after.users, return_index=True)
    relevant = np.diff(np.append(first, len(after)))
    return _measure(run, scorer, before, after, users, relevant, np.random.default_rng(seed))


def _uninfluenced(run: Run, plays: Unchosen) -> Unchosen:
    """Plays of the test before the user's first play of a title that a recommender had chosen. After that, the titles that the user has
    not played yet, and so can still find or be shown by chance, depend on the recommendations.
    """
    size = len(run.titles) + 1
    by_chance = run.explored.users * size + run.explored.titles
    recommended = run.recommended.where(run.recommended.times >= run.split_at)
    chosen = recommended.where(~np.isin(recommended.users * size + recommended.titles, by_chance))
    since = np.full(len(run.user_ids), np.iinfo(np.int64).max)
    np.minimum.at(since, chosen.users, chosen.times)
    return plays.where((plays.times >= run.split_at) & (plays.times < since[plays.users]))


def _ranks(run: Run, plays: Unchosen, before: Plays, scorers: dict[str, Scorer]) -> dict[str, PerUser]:
    """Returns each user's mean percentile rank and log rank of the titles of these plays, by each recommender as of the split.

    The rank is among the titles that the user had not played and that were not in the slate: chance sampled from those.
    """
    useful = np.flatnonzero(run.at_split.title_known[plays.titles] & np.isin(plays.users, before.users))
    users = np.unique(plays.users[useful])
    rows = np.searchsorted(users, plays.users[useful])
    count = np.maximum(1, np.bincount(rows, minlength=len(users)))
    sums = {name: np.zeros((len(users), 2)) for name in scorers}
    for chunk in _chunks(len(users)):
        mine = users[chunk]
        pools = np.tile(run.at_split.title_known, (len(mine), 1))
        _at(before, mine, pools, False)
        history = before.history(mine, np.full(len(mine), run.split_at), HISTORY_LENGTH)
        here = np.flatnonzero((rows >= chunk[0]) & (rows <= chunk[-1]))
        for name, scorer in scorers.items():
            scores = scorer(mine, history)
            for row, i in zip(rows[here], useful[here], strict=True):
                at = row - chunk[0]
                sums[name][row] += _position(scores[at], pools[at], plays, i)
    means = {name: of_users / count[:, None] for name, of_users in sums.items()}
    return {name: {PERCENTILE: values[:, 0], LOG_RANK: values[:, 1]} for name, values in means.items()}


def _position(scores: np.ndarray, pool: np.ndarray, plays: Unchosen, i: int) -> tuple[float, float]:
    """scores (C + 1,), pool (C + 1,) bool → percentile rank and log rank of play i"""
    others = pool.copy()
    others[plays.shown[i]] = False
    others[plays.titles[i]] = False
    return metrics.position(scores, others, plays.titles[i])


def _chunks(count: int) -> list[np.ndarray]:
    return np.array_split(np.arange(count), -(-count // CHUNK_USERS)) if count else []


def _measure(
    run: Run,
    scorer: Scorer,
    before: Plays,
    after: Plays,
    users: np.ndarray,
    relevant: np.ndarray,
    random: np.random.Generator,
) -> PerUser:
    """metric → (users,) in the order of `users`, which may be empty. Ties are broken at random."""
    parts = []
    for chunk in _chunks(len(users)) or [np.arange(0)]:
        mine = users[chunk]
        times = np.full(len(mine), run.split_at)
        scores = scorer(mine, before.history(mine, times, HISTORY_LENGTH))
        scores[:, ~run.at_split.title_known] = -np.inf
        _at(before, mine, scores, -np.inf)
        wanted = np.zeros(scores.shape, bool)
        _at(after, mine, wanted, True)
        best = metrics.best(scores, metrics.K, random)
        hits = np.take_along_axis(wanted & np.isfinite(scores), best, axis=1)
        short = metrics.K - hits.shape[1]
        parts.append(metrics.per_user(np.pad(hits, ((0, 0), (0, max(0, short)))), relevant[chunk]))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _at(plays: Plays, users: np.ndarray, matrix: np.ndarray, value: float | bool) -> None:
    """Sets matrix[i, title] for each play of users[i]. `users` is sorted."""
    mine = plays.where(np.isin(plays.users, users))
    matrix[np.searchsorted(users, mine.users), mine.titles] = value


def candidate_scorer(run: Run, fitted: Fitted) -> Scorer:
    """Retrieve by the towers, rank by the ranker: the two stages of the service."""
    with torch.no_grad():
        vectors = fitted.towers.titles()

    def score(users: np.ndarray, history: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            mine = fitted.towers.user(torch.from_numpy(history), vectors)
            near = mine @ vectors.T
            near[:, torch.from_numpy(~run.at_split.title_known)] = -torch.inf
            near.scatter_(1, torch.from_numpy(history), -torch.inf)
            found = near.topk(min(RETRIEVED, near.shape[1]), dim=1).indices
            below = near - NOT_RETRIEVED
            known = run.at_split.features(users, run.affinity(users))
            known = np.take_along_axis(known, found.numpy()[:, :, None], axis=1)
            ranked = fitted.ranker(mine[:, None, :], vectors[found], torch.from_numpy(known))
            ranked = torch.where(torch.isfinite(near.gather(1, found)), ranked, -torch.inf)
            return below.scatter_(1, found, ranked).numpy()

    return score


def popular_scorer(run: Run) -> Scorer:
    """By plays of all time, as of the split."""
    plays = run.at_split.titles[:, 1]
    return lambda users, _: np.tile(plays, (len(users), 1))
