"""Offline evaluation: global-time split (what was known then, what was played after) and leave-one-out."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch

from . import metrics
from .checkpoints import Checkpoints
from .data import Plays, Run
from .errors import TrainerError
from .models.two_tower import HISTORY_LENGTH
from .report import Report
from .train import Fitted, fit

# As the service does: this many from the index, ranked by the ranker.
RETRIEVED = 200
NEGATIVES = 99
CHUNK_USERS = 256
POPULAR = "popular"
CANDIDATE = "candidate"
# A title that was not retrieved stands below all that were, in the order of its retrieval score.
NOT_RETRIEVED = 1e6
# With fewer, the gate looks at the global-time split.
ENOUGH_EXPLORED = 30
PERCENTILE = "percentileRank"

# Scores of every title for some users: (users (n,), histories (n, L)) → (n, C + 1).
Scorer = Callable[[np.ndarray, np.ndarray], np.ndarray]
# metric → (users,): one number per user.
PerUser = dict[str, np.ndarray]


@dataclass(frozen=True)
class Evaluation:
    protocols: dict
    gate: dict
    test_plays: int
    # Of the global-time split, in this order: recommender → metric → (users,).
    users: np.ndarray
    by_user: dict[str, PerUser]


def evaluate(run: Run, scorers: dict[str, Scorer], incumbent: str, seed: int) -> Evaluation:
    """What was known at the split against what was played after it, and the verdict on the candidate.

    globalTime ranks the whole catalogue against all later plays. Those were made from what was shown, so it favours
    whatever decided that. explored looks only at titles that chance had shown: it favours nobody, and decides where
    there is enough of it.
    """
    before, after = held_out(run)
    if len(after) == 0:
        raise TrainerError(
            "nobody who had played before the split played a known title after it",
            "the world is too young, or too few live in it: there is nothing to judge a model by",
            "Let its agents live some more days, then run the pipeline again",
        )
    found = {name: measured(run, scorer, before, after) for name, scorer in scorers.items()}
    users, by_split = found[CANDIDATE][0], {name: values for name, (_, values) in found.items()}
    by_chance = _explored(run, scorers)
    enough = len(by_chance[CANDIDATE][PERCENTILE]) >= ENOUGH_EXPLORED
    protocol, metric = ("explored", PERCENTILE) if enough else ("globalTime", f"ndcg@{metrics.K}")
    values = by_chance if enough else by_split
    difference = values[CANDIDATE][metric] - values[incumbent][metric]
    by_protocol = {"globalTime": by_split, "explored": by_chance}
    return Evaluation(
        protocols={
            name: {who: metrics.summary(of_users, seed) for who, of_users in values.items()}
            for name, values in by_protocol.items()
            if len(values[CANDIDATE][next(iter(values[CANDIDATE]))])
        },
        gate={
            "metric": f"{protocol}/{metric}",
            "incumbent": incumbent,
            "difference": metrics.interval(difference, seed),
        },
        test_plays=len(after),
        users=users,
        by_user=by_split,
    )


def held_out(run: Run) -> tuple[Plays, Plays]:
    """What was played before the split, and what the same users played after it, of titles that were known then."""
    before, after = run.plays.where(run.plays.times < run.split_at), run.plays.where(run.plays.times >= run.split_at)
    return before, after.where(run.at_split.title_known[after.titles] & np.isin(after.users, before.users))


def measured(run: Run, scorer: Scorer, before: Plays, after: Plays) -> tuple[np.ndarray, PerUser]:
    """Everybody who is in `after`: who they are, and their metrics in that order."""
    users, first = np.unique(after.users, return_index=True)
    relevant = np.diff(np.append(first, len(after)))
    return users, _measure(run, scorer, before, after, users, relevant)


def _explored(run: Run, scorers: dict[str, Scorer]) -> dict[str, PerUser]:
    """Where each recommender, as of the split, had the titles that chance showed and that were played.

    Among the titles that the user had not played and the slate did not hold: chance drew from those.
    """
    before, explored = run.plays.where(run.plays.times < run.split_at), run.explored.after(run.split_at)
    useful = np.flatnonzero(run.at_split.title_known[explored.titles] & np.isin(explored.users, before.users))
    users = np.unique(explored.users[useful])
    pools = np.tile(run.at_split.title_known, (len(users), 1))
    _at(before, users, pools, False)
    ranks: dict[str, list[float]] = {name: [] for name in scorers}
    for name, scorer in scorers.items():
        scores = scorer(users, before.history(users, np.full(len(users), run.split_at), HISTORY_LENGTH))
        for i in useful:
            row, title = np.searchsorted(users, explored.users[i]), explored.titles[i]
            pool = pools[row].copy()
            pool[explored.shown[i]] = False
            pool[title] = False
            ranks[name].append(metrics.percentile_rank(scores[row], pool, title))
    owner = np.searchsorted(users, explored.users[useful])
    plays = np.maximum(1, np.bincount(owner, minlength=len(users)))
    return {
        name: {PERCENTILE: np.bincount(owner, np.array(values), len(users)) / plays} for name, values in ranks.items()
    }


def _measure(
    run: Run, scorer: Scorer, before: Plays, after: Plays, users: np.ndarray, relevant: np.ndarray
) -> PerUser:
    """metric → (users,) in the order of `users`, which may be empty."""
    parts = []
    for chunk in np.array_split(np.arange(len(users)), max(1, -(-len(users) // CHUNK_USERS))):
        mine = users[chunk]
        times = np.full(len(mine), run.split_at)
        scores = scorer(mine, before.history(mine, times, HISTORY_LENGTH))
        scores[:, ~run.at_split.title_known] = -np.inf
        _at(before, mine, scores, -np.inf)
        wanted = np.zeros(scores.shape, bool)
        _at(after, mine, wanted, True)
        best = np.argsort(-scores, axis=1, kind="stable")[:, : metrics.K]
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


def leave_one_out(run: Run, seed: int, report: Report, checkpoints: Checkpoints | None = None) -> dict:
    """Each user's last play among 99 titles they never played; trained without it.

    Ranks by the towers alone: a run holds no point-in-time features of the negatives. Source: He et al. 2017.
    """
    last = np.append(run.plays.users[1:] != run.plays.users[:-1], True)
    first = np.append(True, last[:-1])
    held_out, kept = run.plays.where(last & ~first), run.plays.where(~last | first)
    random = np.random.default_rng(seed)
    slates = np.concatenate([held_out.titles[:, None], _negatives(run, held_out.users, random)], axis=1)
    fitted = fit(run, kept, _without(run, held_out), seed, report, checkpoints)
    history = kept.history(held_out.users, held_out.times + 1, HISTORY_LENGTH)
    with torch.no_grad():
        vectors = fitted.towers.titles()
        user = fitted.towers.user(torch.from_numpy(history), vectors)
        by_model = torch.einsum("nd,nkd->nk", user, vectors[torch.from_numpy(slates)]).numpy()
    by_plays = np.bincount(kept.titles, minlength=len(run.titles) + 1)[slates]
    return {
        CANDIDATE: metrics.summary(_of_slates(by_model, random), seed),
        POPULAR: metrics.summary(_of_slates(by_plays.astype(np.float64), random), seed),
    }


def _without(run: Run, held_out: Plays):
    """The rows of earlier times than each user's held-out play."""
    until = np.full(len(run.user_ids), np.iinfo(np.int64).max)
    until[held_out.users] = held_out.times
    return run.rows.where(run.rows.times < until[run.rows.users])


def _negatives(run: Run, users: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Titles each user never played, drawn without replacement. (n, NEGATIVES)"""
    keys = random.random((len(users), len(run.titles) + 1), np.float32)
    keys[:, 0] = np.inf
    _at(run.plays, users, keys, np.inf)
    return np.argsort(keys, axis=1)[:, :NEGATIVES]


def _of_slates(scores: np.ndarray, random: np.random.Generator) -> dict[str, np.ndarray]:
    """The first column is the relevant one; ties are broken by chance."""
    order = np.lexsort((random.random(scores.shape), -scores), axis=1)
    return metrics.per_user(order[:, : metrics.K] == 0, np.ones(len(scores), np.int64))


def at_split(run: Run) -> Run:
    """The run as its trainer would have seen it at the split."""
    return replace(
        run,
        plays=run.plays.where(run.plays.times < run.split_at),
        rows=run.rows.where(run.rows.times < run.split_at),
    )
