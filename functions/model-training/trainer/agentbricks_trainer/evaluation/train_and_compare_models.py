"""Compares models on one split of a data set: quality with intervals, paired tests, time and memory."""

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from agentbricks_trainer.data.array_types import Doubles
from agentbricks_trainer.data.read_train_test_and_negatives import Split
from agentbricks_trainer.data.require_option_in_range import MAX_K, require_between
from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.models import fit_function
from agentbricks_trainer.progress import Report, to_stderr
from agentbricks_trainer.training.checkpoints import Checkpoints

from .evaluate_split import evaluate_split
from .metrics.bootstrap import bootstrap_interval, summarise
from .metrics.paired_t_test import paired_t_test
from .peak_memory import peak_memory

# The only model that --settings applies to.
TUNABLE = "two-tower"


@dataclass(frozen=True)
class Measured:
    """Results of one model."""

    per_user: dict[str, Doubles]  # metric → (users,)
    coverage: float  # share of the items that were recommended to at least one user
    train_seconds: float
    peak_bytes: int  # peak_memory() of the model's process


def compare(
    split: Split,
    names: list[str],
    k: int,
    seed: int,
    report: Report,
    checkpoints: Checkpoints | None = None,
    settings: dict[str, float] | None = None,
) -> dict[str, Any]:
    """Trains and measures each model in a separate process, so that memory is measured per model.

    Args:
        split: Data of the comparison.
        names: Models. The first is compared with each of the others.
        k: Cutoff of the metrics.
        seed: Seed of all random numbers.
        report: Receives the stage "evaluated" for each model.
        checkpoints: Folder of checkpoints. None: no checkpoints.
        settings: Settings of the two-tower. None: its defaults.

    Returns:
        The result that the command `compare` prints.

    Raises:
        TrainerError: If k is out of range, settings are invalid or given without the two-tower, or a model cannot be
            trained.
    """
    require_between("--k", k, 1, MAX_K)
    names = list(dict.fromkeys(names))
    _require_tunable(names, settings)
    if any(_doubts(split).values()):
        report("doubtful files", **_doubts(split))
    measured = {name: _measure_in_process(split, name, k, seed, checkpoints, settings) for name in names}
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
                "metrics": summarise(one.per_user, seed),
                "coverage": one.coverage,
                "trainSeconds": one.train_seconds,
                "peakBytes": one.peak_bytes,
            }
            for name, one in measured.items()
        ],
        "differences": [
            {
                "metric": ranking,
                "model": first,
                "against": name,
                **_paired(measured[first], measured[name], ranking, seed),
            }
            for name in others
        ],
    }


def _require_tunable(names: list[str], settings: dict[str, float] | None) -> None:
    """Raises TrainerError if settings are invalid or given without the two-tower."""
    if settings is None:
        return
    if TUNABLE not in names:
        raise TrainerError(
            f"--settings is given for {', '.join(names)}",
            f"only {TUNABLE} has settings",
            f"Add {TUNABLE} to --models, or omit --settings",
        )
    fit_function(TUNABLE, settings)


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
    """Returns the mean difference over the same users, its bootstrap interval, and p of the paired t-test."""
    difference = one.per_user[metric] - other.per_user[metric]
    return {**bootstrap_interval(difference, seed), "p": paired_t_test(difference)}


def _measure_in_process(
    split: Split, name: str, k: int, seed: int, checkpoints: Checkpoints | None, settings: dict[str, float] | None
) -> Measured:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, split, name, k, seed, checkpoints, settings).result()


def measure(
    split: Split,
    name: str,
    k: int,
    seed: int,
    checkpoints: Checkpoints | None,
    settings: dict[str, float] | None = None,
) -> Measured:
    """Trains one model in this process, and evaluates it. For the parameters see `compare`."""
    fit = fit_function(name, settings if name == TUNABLE else None)
    began = time.perf_counter()
    model = fit(split.train, split.items, seed, to_stderr, checkpoints)
    seconds = time.perf_counter() - began
    of_users, shown = evaluate_split(split, model, k, np.random.default_rng(seed))
    return Measured(of_users, len(shown) / split.items, seconds, peak_memory())
