"""Evaluates runs: `evaluate_runs.py FOLDER …`, with folders named seed-N. Prints one line of JSON per run on stderr."""

import json
import sys
from pathlib import Path

from agentbricks_trainer.data.load_run import load_run
from agentbricks_trainer.evaluation.gate.train_and_evaluate_candidate import examine


def silent(stage: str, **facts: object) -> None:
    """Reports nothing."""


for name in sys.argv[1:]:
    folder = Path(name)
    seed = int(folder.name.removeprefix("seed-"))
    facts = examine(load_run(folder), None, seed, False, silent).facts
    found = {"seed": seed, "gate": facts["gate"], "simpler": facts["simpler"]}
    print(json.dumps({"examined": found}), file=sys.stderr, flush=True)
