"""Models side by side on one split of a data set: quality with intervals, paired tests, time and memory."""

import multiprocessing
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np

from . import metrics
from .checkpoints import Checkpoints
from .files import Split
from .models import Recommender, trainer
from .report import Report, to_stderr

CHUNK_USERS = 512
# Of Linux; macOS counts in bytes.
RSS_UNIT = 1024 if sys.platform.startswith("linux") else 1


@dataclass(frozen=True)
class Measured:
    per_user: dict[str, np.ndarray]  # metric → (users,)
    coverage: float
    train_seconds: float
    peak_bytes: int


def compare(
    split: Split,
    names: list[str],
    k: int,
    seed: int,
    report: Report,
    checkpoints: Checkpoints | None = None,
    settings: dict[str, float] | None = None,
) -> dict:
    """Every model in a process of its own, so that each one's memory is its own. The first is compared with the others.

    settings: of the model that has some (the two-tower). @default its own
    """
    measured = {name: _apart(split, name, k, seed, checkpoints, settings) for name in names}
    first, *others = names
    ranking = f"ndcg@{k}"
    for name, one in measured.items():
        quality = {metric: round(float(values.mean()), 4) for metric, values in one.per_user.items()}
        report("evaluated", model=name, seconds=round(one.train_seconds, 1), **quality)
    return {
        "protocol": "full catalogue" if split.negatives is None else f"{split.negatives.shape[1]} negatives",
        "interactions": len(split.train),
        "users": len(np.unique(split.test_users)),
        "items": split.items,
        "models": [
            {
                "model": name,
                "metrics": metrics.summary(one.per_user, seed),
                "coverage": one.coverage,
                "trainSeconds": one.train_seconds,
                "peakBytes": one.peak_bytes,
            }
            for name, one in measured.items()
        ],
        "differences": [
            {"metric": ranking, "model": first, "against": name, **_paired(measured[first], measured[name], ranking, seed)}
            for name in others
        ],
    }


def _paired(one: Measured, other: Measured, metric: str, seed: int) -> dict[str, float]:
    """Of the same users: the mean difference with its bootstrap interval, and Student's paired t-test."""
    # Takes three seconds to load, and is needed where there are several models.
    from scipy.stats import ttest_rel

    difference = one.per_user[metric] - other.per_user[metric]
    p = float(ttest_rel(one.per_user[metric], other.per_user[metric]).pvalue) if difference.any() else 1.0
    return {**metrics.interval(difference, seed), "p": p}


def _apart(split: Split, name: str, k: int, seed: int, checkpoints: Checkpoints | None, settings: dict | None) -> Measured:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, split, name, k, seed, checkpoints, settings).result()


def measure(
    split: Split, name: str, k: int, seed: int, checkpoints: Checkpoints | None, settings: dict | None = None
) -> Measured:
    """Trains one model and ranks for every user of the test."""
    fit = trainer(name, settings)
    began = time.perf_counter()
    model = fit(split.train, split.items, seed, to_stderr, checkpoints)
    seconds = time.perf_counter() - began
    per_user, shown = ranked(split, model, k, np.random.default_rng(seed))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT
    return Measured(per_user, len(np.unique(shown)) / split.items, seconds, peak)


class _WithNewcomers:
    """A user without a play in train is shown what most have played: no model of the past knows more."""

    def __init__(self, model: Recommender, split: Split) -> None:
        self.model = model
        self.known = np.zeros(split.users, bool)
        self.known[split.train.users] = True
        self.counts = np.bincount(split.train.titles, minlength=split.items + 1).astype(np.float32)

    def scores(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        scores = np.broadcast_to(self.counts[items], (len(users), items.shape[-1])).astype(np.float32)
        known = self.known[users]
        if known.any():
            scores[known] = self.model.scores(users[known], items if items.ndim == 1 else items[known])
        return scores


def ranked(
    split: Split, model: Recommender, k: int, random: np.random.Generator
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """metric → one value per user, and the items that anybody was shown."""
    of_all = _WithNewcomers(model, split)
    return _of_slates(split, of_all, k, random) if split.negatives is not None else _of_catalogue(split, of_all, k)


def _of_slates(split: Split, model: _WithNewcomers, k: int, random: np.random.Generator):
    """Each held-out item among its own negatives; a user with several has the mean of them."""
    slates = np.concatenate([split.test_items[:, None], split.negatives], axis=1)
    chunks = np.array_split(np.arange(len(slates)), -(-len(slates) // CHUNK_USERS))
    scores = np.concatenate([model.scores(split.test_users[rows], slates[rows]) for rows in chunks])
    # Ties are broken by chance.
    order = np.lexsort((random.random(scores.shape), -scores), axis=1)[:, :k]
    per_line = metrics.per_user(order == 0, np.ones(len(slates), np.int64), k)
    _, owner = np.unique(split.test_users, return_inverse=True)
    lines = np.bincount(owner)
    shown = np.take_along_axis(slates, order, axis=1)
    return {name: np.bincount(owner, values) / lines for name, values in per_line.items()}, shown


def _of_catalogue(split: Split, model: _WithNewcomers, k: int):
    """All items but those of train; every held-out item of a user is relevant."""
    users = np.unique(split.test_users)
    everything = np.arange(1, split.items + 1)
    hits, shown = [], []
    for mine in np.array_split(users, -(-len(users) // CHUNK_USERS)):
        scores = model.scores(mine, everything).copy()
        _mark(scores, mine, split.train.users, split.train.titles, -np.inf)
        wanted = np.zeros(scores.shape, bool)
        _mark(wanted, mine, split.test_users, split.test_items, True)
        best = _best(scores, k)
        hits.append(np.take_along_axis(wanted & np.isfinite(scores), best, axis=1))
        shown.append(best + 1)
    relevant = np.unique(np.stack([split.test_users, split.test_items]), axis=1)[0]
    return metrics.per_user(np.concatenate(hits), np.unique(relevant, return_counts=True)[1], k), np.concatenate(shown)


def _best(scores: np.ndarray, k: int) -> np.ndarray:
    """Columns of the k greatest, best first; ties by number. (n, C) → (n, min(k, C))."""
    return np.argsort(-scores, axis=1, kind="stable")[:, :k]


def _mark(matrix: np.ndarray, rows: np.ndarray, users: np.ndarray, items: np.ndarray, value: float | bool) -> None:
    """Sets matrix[i, item - 1] for each item of rows[i]; `rows` is sorted."""
    mine = np.isin(users, rows)
    matrix[np.searchsorted(rows, users[mine]), items[mine] - 1] = value
