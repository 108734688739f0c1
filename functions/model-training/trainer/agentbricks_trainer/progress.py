"""Progress of a long command: one JSON object per line on stderr."""

import json
import sys
from typing import Protocol


class Report(Protocol):
    """Receives the name of each stage and the facts about it."""

    def __call__(self, stage: str, **facts: object) -> None:
        """Reports one stage. Facts are JSON values."""


def to_stderr(stage: str, **facts: object) -> None:
    """Prints a stage and its facts as one line of JSON on stderr."""
    print(json.dumps({"stage": stage, **facts}), file=sys.stderr, flush=True)  # noqa: T201
