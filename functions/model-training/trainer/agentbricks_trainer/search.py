"""A search for the two-tower's settings with Optuna, on plays alone: what is held out for a test is never looked at.

Each trial learns from all plays but each user's last, and is judged by those. What was tried is kept in SQLite, and each
trial's epochs as checkpoints: a search that is killed goes on in the middle of its trial, and finds what it would have found.
"""

import fcntl
import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
import optuna
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import Trial, TrialState

from . import metrics
from .checkpoints import Checkpoints
from .compare import ranked
from .data import Plays
from .errors import TrainerError
from .files import Split
from .models.neumf import unplayed
from .models.two_tower import Settings, fit
from .report import Report

NEGATIVES = 99
METRIC = f"ndcg@{metrics.K}"
# The first trials are the defaults and draws by chance.
BY_CHANCE = 5
LEAST_FOR_IMPORTANCE = 3
KEY_DIGITS = 16


def search(plays: Plays, items: int, folder: Path, trials: int, seed: int, report: Report) -> dict:
    """Until `trials` of them are done, earlier ones with the same plays and seed in this folder among them."""
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        split = _validation(plays, items, np.random.default_rng(seed))
        study = _study(folder, plays, seed)
        while len(_done(study)) < trials:
            study.sampler = optuna.samplers.TPESampler(seed=seed + len(_done(study)), n_startup_trials=BY_CHANCE)
            _make(study, split, folder / "checkpoints", seed, report)
        found = _summary(study, split)
        (folder / "best.json").write_text(json.dumps(found["best"]["settings"]))
    return found


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise TrainerError(
                f"{folder} is in use",
                "another search keeps its trials there",
                "Wait for its end, or give another --folder",
            ) from error
        yield


def _study(folder: Path, plays: Plays, seed: int) -> optuna.Study:
    """The one of these plays and this seed; a trial that was cut is put in front, with its settings."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    digest = hashlib.sha256(repr((seed, METRIC)).encode())
    for column in (plays.users, plays.titles, plays.times):
        digest.update(column.tobytes())
    study = optuna.create_study(
        storage=f"sqlite:///{folder / 'trials.sqlite'}",
        study_name=digest.hexdigest()[:KEY_DIGITS],
        direction="maximize",
        load_if_exists=True,
    )
    for cut in study.get_trials(states=(TrialState.RUNNING,)):
        study.enqueue_trial(cut.params)
        study.tell(cut.number, state=TrialState.FAIL)
    if not study.trials:
        study.enqueue_trial(asdict(Settings()))
    return study


def _done(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))


def _make(study: optuna.Study, split: Split, checkpoints: Path, seed: int, report: Report) -> None:
    trial = study.ask()
    settings = _suggested(trial)
    report("trial", number=len(_done(study)) + 1, **asdict(settings))
    began = time.perf_counter()
    model = fit(split.train, split.items, seed, report, Checkpoints(checkpoints), settings)
    trial.set_user_attr("seconds", time.perf_counter() - began)
    value = float(ranked(split, model, metrics.K, np.random.default_rng(seed))[0][METRIC].mean())
    study.tell(trial, value)
    shutil.rmtree(checkpoints, ignore_errors=True)
    report("tried", number=len(_done(study)), **{METRIC: round(value, 4)}, best=round(study.best_value, 4))


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
    """Each user's last play of two or more, beside items that they never played."""
    last = np.append(plays.users[1:] != plays.users[:-1], True) & (np.bincount(plays.users)[plays.users] > 1)
    users, titles = plays.users[last], plays.titles[last]
    if len(users) == 0:
        raise TrainerError(
            "nobody has played twice",
            "a search judges by each user's last play, and learns from those before",
            "Give plays of longer histories",
        )
    negatives = unplayed(plays, np.repeat(users, NEGATIVES), items, random).reshape(-1, NEGATIVES)
    return Split(plays.where(~last), users, titles, negatives, int(plays.users.max()) + 1, items)


def _summary(study: optuna.Study, split: Split) -> dict:
    done = _done(study)
    tried = [
        {"number": i + 1, "value": trial.value, "seconds": trial.user_attrs["seconds"], "settings": trial.params}
        for i, trial in enumerate(done)
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
