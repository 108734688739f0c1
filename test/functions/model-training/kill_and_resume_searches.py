"""Runs searches that are killed at several steps and resumed, and one that is not killed. Quick models replace the two-tower.

Prints JSON. Usage: kill_and_resume_searches.py FOLDER
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import optuna

from agentbricks_trainer import search_hyperparameters as subject
from agentbricks_trainer.data.plays_as_columns import Plays
from agentbricks_trainer.errors import TrainerError

ITEMS = 9
TRIALS = 3
# Steps between the points at which a search is killed.
STRIDE = 5
# Exit status of a killed search.
KILLED = 9
# Five users who have played 3 of the items, and one who has played all of them.
PLAYS = Plays(
    np.concatenate([np.repeat(np.arange(5), 3), np.full(ITEMS, 5)]),
    np.concatenate([1 + (np.arange(15) * 4) % ITEMS, 1 + np.arange(ITEMS)]),
    np.concatenate([np.tile(np.arange(3), 5), np.arange(ITEMS)]),
)


def found(folder: Path, trials: int = TRIALS, seed: int = 0) -> list:
    result = subject.search(PLAYS, ITEMS, folder, trials, seed, lambda *_, **__: None)
    return [[[one["value"], one["settings"]] for one in result["trials"]], json.loads((folder / "best.json").read_text())]


def kill_before(step: int) -> None:
    """Ends this process instead of making the step-th change to the search's stored state."""
    count = 0

    def counted(change: Callable) -> Callable:
        def changed(*args, **named):
            nonlocal count
            count += 1
            if count == step:
                os._exit(KILLED)
            return change(*args, **named)

        return changed

    changes = [
        (optuna, "create_study"),
        *((optuna.Study, name) for name in ("ask", "tell")),
        *((optuna.trial.Trial, name) for name in ("suggest_float", "suggest_int", "set_user_attr")),
        *((subject, name) for name in ("fit", "_write")),
        (subject.shutil, "rmtree"),
    ]
    for owner, name in changes:
        setattr(owner, name, counted(getattr(owner, name)))


def resumed(folder: Path, step: int) -> list | None:
    """Returns the trials of a search that was killed before a step and resumed; None if it has fewer steps."""
    if (child := os.fork()) == 0:
        try:
            kill_before(step)
            found(folder)
        finally:
            os._exit(0)
    killed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED
    return found(folder) if killed else None


def rejected(folder: Path) -> str:
    try:
        found(folder)
    except TrainerError as error:
        return str(error)
    return "accepted"


def main(folder: Path) -> dict:
    subject.fit = lambda train, items, seed, report, checkpoints, settings: settings
    subject.evaluate_split = lambda split, of, k, random: ({subject.METRIC: np.array([of.dropout, of.learning_rate])}, None)
    whole, other_seed = found(folder / "whole"), found(folder / "other", seed=1)
    cuts = []
    for step in range(1, 1_000, STRIDE):
        if (after := resumed(folder / str(step), step)) is None:
            break
        cuts.append(after == whole)
    found(folder / "whole", seed=1)
    found(folder / "growing", trials=1)
    (folder / "file").write_text("")
    (folder / "damaged").mkdir()
    (folder / "damaged/trials.sqlite").write_text("not a database " * 100)
    split = subject._validation(PLAYS, ITEMS, np.random.default_rng(0))
    return {
        "cuts": cuts,
        "again": found(folder / "whole") == whole,
        "growing": found(folder / "growing") == whole,
        "otherSeed": found(folder / "whole", seed=1) == other_seed != whole,
        "rejected": [rejected(folder / name) for name in ("file", "damaged")],
        "judges": split.test_users.tolist(),
        "negatives": [sorted(row) for row in split.negatives.tolist()],
        "played": [sorted(PLAYS.titles[PLAYS.users == user].tolist()) for user in split.test_users],
    }


print(json.dumps(main(Path(sys.argv[1]))))
