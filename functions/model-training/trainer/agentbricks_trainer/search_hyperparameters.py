"""Searches for settings of the two-tower with Optuna. It uses plays of a training file, never those of a test file.

Each trial learns from all plays except each user's last play, and is evaluated on the last plays. SQLite stores
complete trials, and checkpoints store the epochs of the running trial. A trial's settings follow from the seed and the
complete trials before it, so a killed search resumes in the middle of its trial and ends with the same trials.
"""

import fcntl
import hashlib
import json
import shutil
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import Trial, TrialState
from sqlalchemy.exc import DatabaseError

from .data.negative_sampling.never_played import never_played
from .data.plays_as_columns import Plays
from .data.read_train_test_and_negatives import Split
from .data.require_option_in_range import MAX_SEED, MAX_TRIALS, require_between
from .errors import TrainerError
from .evaluation.evaluate_split import evaluate_split
from .evaluation.metrics.per_user import K
from .models.two_tower.default_and_validated_hyperparameters import Settings
from .models.two_tower.fit import fit
from .progress import Report
from .training.checkpoints import Checkpoints

NEGATIVES = 99
METRIC = f"ndcg@{K}"
# Version of the sampling in a study's key: trials that were sampled in another way belong to another study.
SAMPLING = 2
# Number of first trials that use no earlier results: one with the default settings, then random ones.
RANDOM_TRIALS = 5
# Minimum number of trials to estimate the importance of each setting.
LEAST_FOR_IMPORTANCE = 3
KEY_DIGITS = 16


def search(plays: Plays, items: int, folder: Path, trials: int, seed: int, report: Report) -> dict[str, Any]:
    """Runs trials until enough are complete.

    Args:
        plays: Plays to learn from and to evaluate on.
        items: Number of items.
        folder: Folder of the trials. A search with the same plays and seed resumes from it.
        trials: Number of complete trials, earlier ones of this folder included.
        seed: Seed of all random numbers.
        report: Receives the stages of each trial.

    Returns:
        The result that the command `search` prints. The file best.json has the best settings.

    Raises:
        TrainerError: If the number of trials is out of range, the folder is in use or invalid, or no user can be
            evaluated.
    """
    require_between("--trials", trials, 1, MAX_TRIALS)
    with _lock(folder):
        split = _validation(plays, items, np.random.default_rng(seed))
        study = _study(folder, plays, seed)
        while len(_complete(study)) < trials:
            study.sampler = _sampler(seed, len(_complete(study)))
            _run_trial(study, split, folder / "checkpoints", seed, report)
        found = _summary(study, split)
        _write(folder / "best.json", json.dumps(found["best"]["settings"]))
        shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    return found


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Locks the folder for this process."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise TrainerError(
            f"{folder} cannot be used as the search's folder",
            error.strerror or str(error),
            "Give a --folder that is writable, or does not exist yet",
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise TrainerError(
                f"{folder} is in use",
                "another search writes its trials there",
                "Wait until it has ended, or give another --folder",
            ) from error
        yield


def _write(path: Path, content: str) -> None:
    """Replaces a file atomically."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(content)
    temporary.replace(path)


def _study(folder: Path, plays: Plays, seed: int) -> optuna.Study:
    """Opens the study of these plays and this seed.

    A trial that was killed is marked as failed, and the next one repeats it.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    digest = hashlib.sha256(repr((seed, METRIC, SAMPLING)).encode())
    for column in (plays.users, plays.titles, plays.times):
        digest.update(column.tobytes())
    path = folder / "trials.sqlite"
    try:
        study = optuna.create_study(
            storage=f"sqlite:///{path}",
            study_name=digest.hexdigest()[:KEY_DIGITS],
            direction="maximize",
            load_if_exists=True,
        )
        for interrupted in study.get_trials(states=(TrialState.RUNNING,)):
            study.tell(interrupted.number, state=TrialState.FAIL)
    except DatabaseError as error:
        why = str(error.orig).rstrip(".")
        raise TrainerError(f"{path} cannot be read", why, "Give another --folder, or delete that file") from error
    return study


def _sampler(seed: int, complete: int) -> optuna.samplers.BaseSampler:
    """Returns the sampler of the next trial.

    It depends only on the seed and the number of complete trials, so that a trial can be repeated.
    """
    by_evidence = optuna.samplers.TPESampler(seed=(seed + complete) % (MAX_SEED + 1), n_startup_trials=RANDOM_TRIALS)
    if complete:
        return by_evidence
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        return optuna.samplers.PartialFixedSampler(asdict(Settings()), by_evidence)


def _complete(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))


def _run_trial(study: optuna.Study, split: Split, checkpoints: Path, seed: int, report: Report) -> None:
    trial = study.ask()
    settings = _suggested(trial)
    report("trial", number=len(_complete(study)) + 1, **asdict(settings))
    began = time.perf_counter()
    model = fit(split.train, split.items, seed, report, Checkpoints(checkpoints), settings)
    trial.set_user_attr("seconds", time.perf_counter() - began)
    value = float(evaluate_split(split, model, K, np.random.default_rng(seed))[0][METRIC].mean())
    study.tell(trial, value)
    shutil.rmtree(checkpoints, ignore_errors=True)
    rounded = {METRIC: round(value, 4)}
    report("tried", number=len(_complete(study)), **rounded, best=round(study.best_value, 4))


def _suggested(trial: Trial) -> Settings:
    return Settings(
        learning_rate=trial.suggest_float("learning_rate", 2e-3, 3e-2, log=True),
        batch=trial.suggest_int("batch", 8, 64, log=True),
        uniform_negatives=trial.suggest_int("uniform_negatives", 32, 512, log=True),
        batch_negatives=trial.suggest_int("batch_negatives", 32, 512, log=True),
        dropout=trial.suggest_float("dropout", 0.0, 0.5),
        weight_decay=trial.suggest_float("weight_decay", 1e-4, 1e-1, log=True),
        epochs=trial.suggest_int("epochs", 2, 12),
    )


def _validation(plays: Plays, items: int, random: np.random.Generator) -> Split:
    """Holds out the last play of each user who has at least two plays.

    Each is ranked among up to NEGATIVES items that the user never played. Users who have played every item are skipped.
    """
    counts = np.bincount(plays.users)[plays.users]
    last = np.append(plays.users[1:] != plays.users[:-1], True) & (counts > 1) & (counts < items)
    if not last.any():
        raise TrainerError(
            f"no user has played at least two of the {items} items, but not all of them",
            "a search learns from all plays except each user's last, and ranks that one among items never played",
            "Give a file with longer histories or more items",
        )
    users, titles = plays.users[last], plays.titles[last]
    negatives = never_played(plays, users, items, NEGATIVES, random)
    return Split(plays.where(~last), users, titles, negatives, int(plays.users.max()) + 1, items)


def _summary(study: optuna.Study, split: Split) -> dict[str, Any]:
    tried = [
        {"number": i, "value": trial.value, "seconds": trial.user_attrs["seconds"], "settings": trial.params}
        for i, trial in enumerate(_complete(study), 1)
    ]
    best = max(tried, key=lambda one: one["value"])
    varied = len({one["value"] for one in tried}) > 1 and len(tried) >= LEAST_FOR_IMPORTANCE
    importance = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator()) if varied else {}
    return {
        "metric": METRIC,
        "interactions": len(split.train),
        "users": len(split.test_users),
        "items": split.items,
        "trials": tried,
        "best": best,
        "importance": dict(importance),
    }
