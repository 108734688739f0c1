"""Evaluates a run's model as of the split: quality by protocol and segment, and the gate's evidence."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from agentbricks_trainer.data.array_types import Ints, Values
from agentbricks_trainer.data.run_data_classes import Run
from agentbricks_trainer.errors import TooFewPlaysError
from agentbricks_trainer.evaluation.candidate_and_popularity_scorers import (
    CANDIDATE,
    POPULAR,
    Scorer,
    candidate_scorer,
    popular_scorer,
)
from agentbricks_trainer.evaluation.evaluate_run import Evaluation, evaluate_run
from agentbricks_trainer.evaluation.held_out import held_out
from agentbricks_trainer.evaluation.leave_one_out import leave_one_out
from agentbricks_trainer.evaluation.measure_segments import segments
from agentbricks_trainer.models import fit_function
from agentbricks_trainer.models.two_stage import fit
from agentbricks_trainer.progress import Report
from agentbricks_trainer.training.checkpoints import Checkpoints

from .compare_with_incumbent import CHAMPION, evidence, not_comparable
from .compare_with_simpler_models import SIMPLER, simpler_models
from .load_champion_scorer import read_champion

# Recommenders whose quality is reported per segment.
SHOWN = (CANDIDATE, POPULAR, CHAMPION)
NO_EVALUATION = Evaluation({}, 0, np.zeros(0, np.int64))


@dataclass(frozen=True)
class Examined:
    """Results of the evaluation."""

    facts: dict[str, Any]  # fields of the manifest: metrics, segments, gate, simpler
    test_plays: int


def examine(
    run: Run,
    champion_folder: Path | None,
    seed: int,
    with_leave_one_out: bool,
    report: Report,
    checkpoints: Checkpoints | None = None,
) -> Examined:
    """Trains on the data that was known at the split, and evaluates on the plays after it.

    Args:
        run: Data of the run.
        champion_folder: Folder of the model that serves now. None: there is none.
        seed: Seed of all random numbers.
        with_leave_one_out: Whether to also evaluate by leave-one-out, which trains one more model.
        report: Receives the stages of training and evaluation.
        checkpoints: Folder of checkpoints. None: no checkpoints.

    Raises:
        TrainerError: If the champion cannot be read, or the loss is infinite or not a number.
    """
    champion = read_champion(run, champion_folder) if champion_folder else None
    undecided = not_comparable(run, champion) if champion else None
    scorers: dict[str, Scorer] = {}
    if len(held_out(run)[1]):
        try:
            scorers = _scorers(run, seed, report, checkpoints)
        except TooFewPlaysError as error:
            undecided = f"too little was known at the split: {error.explanation['what']}"
    if champion and scorers and not undecided:
        scorers[CHAMPION] = champion.scorer
    evaluation = evaluate_run(run, scorers, seed) if scorers else NO_EVALUATION
    gate = evidence(evaluation, champion, undecided, seed)
    report("evaluated", **gate)
    protocols = evaluation.summary(seed)
    if with_leave_one_out:
        try:
            protocols["leaveOneOut"] = leave_one_out(run, seed, report, checkpoints)
        except TooFewPlaysError as error:
            report("leave-one-out skipped", why=error.explanation["what"])
    facts = {
        "metrics": protocols,
        "segments": segments(run, evaluation, {name: scorers[name] for name in SHOWN if name in scorers}, seed),
        "gate": gate,
        "simpler": simpler_models(evaluation, seed),
    }
    return Examined(facts, evaluation.test_plays)


def _scorers(run: Run, seed: int, report: Report, checkpoints: Checkpoints | None) -> dict[str, Scorer]:
    """Trains every model on the data that was known at the split."""
    known = run.before_split
    as_of_split = replace(run, genres=run.at_split.genres)
    fitted = fit(as_of_split, known.plays, known.rows, seed, report, checkpoints)
    simpler = {name: _simpler_scorer(run, name, seed, report) for name in SIMPLER}
    return {CANDIDATE: candidate_scorer(run, fitted), POPULAR: popular_scorer(run), **simpler}


def _simpler_scorer(run: Run, name: str, seed: int, report: Report) -> Scorer:
    model = fit_function(name)(run.before_split.plays, len(run.titles), seed, report)
    everything = np.arange(len(run.titles) + 1)

    def score(users: Ints, _: Ints) -> Values:
        return model.scores(users, everything).copy()

    return score
