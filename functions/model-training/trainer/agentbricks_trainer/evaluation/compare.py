"""Models side by side on one split of a data set: quality with intervals, paired tests, time and memory."""

import multiprocessing
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np

from agentbricks_trainer.data.interaction_files import Split
from agentbricks_trainer.data.option_ranges import MAX_K, require_between
from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.models import Recommender, trainer
from agentbricks_trainer.progress import Report, to_stderr
from agentbricks_trainer.training.checkpoints import Checkpoints

from . import metrics

CHUNK_USERS = 512
# The model that --settings is for.
TUNABLE = "two-tower"
# Of Linux; macOS counts in bytes.
RSS_UNIT = 1024 if sys.platform.startswith("linux") else 1


@dataclass(frozen=True)
class Measured:
    per_user: dict[str, np.ndarray]  # metric → (users,)
    # Share of the items that were recommended to at least one user.
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
    """Trains and measures every model in a separate process, so that memory is measured per model.

    The first model is compared with the others. settings: those of the two-tower. @default its own
    """
    require_between("--k", k, 1, MAX_K)
    names = list(dict.fromkeys(names))
    _require_tunable(names, settings)
    if any(_doubts(split).values()):
        report("doubtful files", **_doubts(split))
    measured = {name: _apart(split, name, k, seed, checkpoints, settings) for name in names}
    first, *others = names
    ranking = f"ndcg@{k}"
    for name, one in measured.items():
        quality = {metric: round(float(values.mean()), 4) for metric, values in one.per_user.items()}
        report("evaluated", model=name, seconds=round(one.train_seconds, 1), **quality)
    return {
        "protocol": _protocol(split),
        "interactions": len(split.train),
        "users": len(np.unique(split.test_users)),
        "items": split.items,
        "testPairs": len(split.test_users),
        "doubts": _doubts(split),
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


def _require_tunable(names: list[str], settings: dict[str, float] | None) -> None:
    """Raises TrainerError before any model is trained."""
    if settings is None:
        return
    if TUNABLE not in names:
        raise TrainerError(
            f"--settings is given for {', '.join(names)}",
            f"only {TUNABLE} has settings",
            f"Add {TUNABLE} to --models, or omit --settings",
        )
    trainer(TUNABLE, settings)


def _doubts(split: Split) -> dict[str, int]:
    return {
        "testPairsInTrain": split.doubts.test_pairs_in_train,
        "testPairsUnknown": split.doubts.test_pairs_unknown,
        "repeatedNegatives": split.doubts.repeated_negatives,
        "takenNegatives": split.doubts.taken_negatives,
    }


def _protocol(split: Split) -> str:
    if split.negatives is None:
        return "full catalogue"
    counts = (split.negatives > 0).sum(1)
    least, most = counts.min(), counts.max()
    return f"{'up to ' if least < most else ''}{most} negative{'' if most == 1 else 's'}"


def _paired(one: Measured, other: Measured, metric: str, seed: int) -> dict[str, float | None]:
    """The mean difference over the same users, its bootstrap interval, and p of the paired t-test."""
    difference = one.per_user[metric] - other.per_user[metric]
    return {**metrics.interval(difference, seed), "p": metrics.p_of(difference)}


def _apart(split: Split, name: str, k: int, seed: int, checkpoints: Checkpoints | None, settings: dict | None) -> Measured:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, split, name, k, seed, checkpoints, settings).result()


def measure(
    split: Split, name: str, k: int, seed: int, checkpoints: Checkpoints | None, settings: dict | None = None
) -> Measured:
    """Trains one model and ranks for every user of the test."""
    fit = trainer(name, settings if name == TUNABLE else None)
    began = time.perf_counter()
    model = fit(split.train, split.items, seed, to_stderr, checkpoints)
    seconds = time.perf_counter() - began
    per_user, shown = ranked(split, model, k, np.random.default_rng(seed))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT
    return Measured(per_user, len(shown) / split.items, seconds, peak)


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
    """Returns metric → (users,), and the distinct items in the first k of any user. Ties are broken at random."""
    of_all = _WithNewcomers(model, split)
    return (_of_catalogue if split.negatives is None else _of_slates)(split, of_all, k, random)


def _of_slates(split: Split, model: _WithNewcomers, k: int, random: np.random.Generator):
    """Ranks each held-out item among its own negatives; a user with several has the mean of their metrics."""
    slates = np.concatenate([split.test_items[:, None], split.negatives], axis=1)
    hits, shown = [], []
    for rows in _chunks(len(slates)):
        scores = np.where(slates[rows] > 0, model.scores(split.test_users[rows], slates[rows]), -np.inf)
        best = metrics.best(scores, k, random)
        hits.append(best == 0)
        shown.append(np.unique(np.take_along_axis(slates[rows], best, axis=1)))
    per_line = metrics.per_user(np.concatenate(hits), np.ones(len(slates), np.int64), k)
    _, owner = np.unique(split.test_users, return_inverse=True)
    lines = np.bincount(owner)
    items = np.unique(np.concatenate(shown))
    return {name: np.bincount(owner, values) / lines for name, values in per_line.items()}, items[items > 0]


def _of_catalogue(split: Split, model: _WithNewcomers, k: int, random: np.random.Generator):
    """Ranks all items but the user's known ones; every held-out item of a user is relevant."""
    users = np.unique(split.test_users)
    everything = np.arange(1, split.items + 1)
    hits, shown = [], []
    for chunk in _chunks(len(users)):
        mine = users[chunk]
        scores = model.scores(mine, everything).copy()
        _mark(scores, mine, split.train.users, split.train.titles, -np.inf)
        wanted = np.zeros(scores.shape, bool)
        _mark(wanted, mine, split.test_users, split.test_items, True)
        best = metrics.best(scores, k, random)
        offered = np.isfinite(np.take_along_axis(scores, best, axis=1))
        hits.append(np.take_along_axis(wanted, best, axis=1) & offered)
        shown.append(np.unique(best[offered]) + 1)
    relevant = np.unique(np.stack([split.test_users, split.test_items]), axis=1)[0]
    per_user = metrics.per_user(np.concatenate(hits), np.unique(relevant, return_counts=True)[1], k)
    return per_user, np.unique(np.concatenate(shown))


def _chunks(rows: int) -> list[np.ndarray]:
    return np.array_split(np.arange(rows), -(-rows // CHUNK_USERS))


def _mark(matrix: np.ndarray, rows: np.ndarray, users: np.ndarray, items: np.ndarray, value: float | bool) -> None:
    """Sets matrix[i, item - 1] for each item of rows[i]; `rows` is sorted."""
    mine = np.isin(users, rows)
    matrix[np.searchsorted(rows, users[mine]), items[mine] - 1] = value
