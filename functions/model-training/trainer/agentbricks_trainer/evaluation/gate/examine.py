"""Evaluates a run's model before it is trained on everything: quality by protocol and segment, and the gate's evidence."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from agentbricks_trainer.data.run import Run
from agentbricks_trainer.errors import TooFewPlays
from agentbricks_trainer.evaluation.evaluate import (
    CANDIDATE,
    POPULAR,
    Evaluation,
    Scorer,
    candidate_scorer,
    evaluate,
    held_out,
    popular_scorer,
)
from agentbricks_trainer.evaluation.leave_one_out import leave_one_out
from agentbricks_trainer.evaluation.segments import segments
from agentbricks_trainer.models import trainer
from agentbricks_trainer.models.two_stage import fit
from agentbricks_trainer.progress import Report
from agentbricks_trainer.training.checkpoints import Checkpoints

from .champion import champion_of
from .evidence import CHAMPION, evidence, not_comparable
from .simpler_models import SIMPLER, simpler_models

# Recommenders whose quality is reported per segment.
SHOWN = (CANDIDATE, POPULAR, CHAMPION)
NOTHING = Evaluation({}, 0, np.zeros(0, np.int64))


@dataclass(frozen=True)
class Examined:
    # Fields of the manifest: metrics, segments, gate, simpler.
    facts: dict
    test_plays: int


def examine(
    run: Run,
    champion_folder: Path | None,
    seed: int,
    with_leave_one_out: bool,
    report: Report,
    checkpoints: Checkpoints | None = None,
) -> Examined:
    """Trains on what was known at the split, and evaluates on the plays after it."""
    champion = champion_of(run, champion_folder) if champion_folder else None
    undecided = not_comparable(run, champion) if champion else None
    scorers: dict[str, Scorer] = {}
    if len(held_out(run)[1]):
        try:
            scorers = _scorers(run, seed, report, checkpoints)
        except TooFewPlays as error:
            undecided = f"too little was known at the split: {error.explanation['what']}"
    if champion and scorers and not undecided:
        scorers[CHAMPION] = champion.scorer
    evaluation = evaluate(run, scorers, seed) if scorers else NOTHING
    gate = evidence(evaluation, champion, undecided, seed)
    report("evaluated", **gate)
    protocols = evaluation.summary(seed)
    if with_leave_one_out:
        try:
            protocols["leaveOneOut"] = leave_one_out(run, seed, report, checkpoints)
        except TooFewPlays as error:
            report("leave-one-out skipped", why=error.explanation["what"])
    facts = {
        "metrics": protocols,
        "segments": segments(run, evaluation, {name: scorers[name] for name in SHOWN if name in scorers}, seed),
        "gate": gate,
        "simpler": simpler_models(evaluation, seed),
    }
    return Examined(facts, evaluation.test_plays)


def _scorers(run: Run, seed: int, report: Report, checkpoints: Checkpoints | None) -> dict[str, Scorer]:
    """Trains every model as of the split."""
    earlier = run.earlier
    then = replace(run, genres=run.at_split.genres)
    fitted = fit(then, earlier.plays, earlier.rows, seed, report, checkpoints)
    return {CANDIDATE: candidate_scorer(run, fitted), POPULAR: popular_scorer(run), **_simpler(run, seed, report)}


def _simpler(run: Run, seed: int, report: Report) -> dict[str, Scorer]:
    everything = np.arange(len(run.titles) + 1)

    def scorer_of(name: str) -> Scorer:
        model = trainer(name)(run.earlier.plays, len(run.titles), seed, report)
        return lambda users, _: model.scores(users, everything).copy()

    return {name: scorer_of(name) for name in SIMPLER}
