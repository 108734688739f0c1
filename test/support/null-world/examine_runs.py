"""What the trainer finds on runs: `examine_runs.py FOLDER …`, folders called seed-N; one line of JSON per run on stderr."""

import json
import sys
from pathlib import Path

from agentbricks_trainer.evaluation.gate.examine import examine
from agentbricks_trainer.data.run_files import load


def silent(stage: str, **facts: object) -> None:
    """Reports nothing."""


for name in sys.argv[1:]:
    folder = Path(name)
    seed = int(folder.name.removeprefix("seed-"))
    facts = examine(load(folder), None, seed, False, silent).facts
    found = {"seed": seed, "gate": facts["gate"], "simpler": facts["simpler"]}
    print(json.dumps({"examined": found}), file=sys.stderr, flush=True)
