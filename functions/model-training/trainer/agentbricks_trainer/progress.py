"""Progress of a long command: one JSON object per line on stderr."""

import json
import math
import sys
from typing import Protocol


class Report(Protocol):
    """Receives the name of each stage and the facts about it."""

    def __call__(self, stage: str, **facts: object) -> None:
        """Reports one stage. Facts are JSON values."""


def to_stderr(stage: str, **facts: object) -> None:
    """Prints a stage and its facts as one line of JSON on stderr."""
    print(to_json({"stage": stage, **facts}), file=sys.stderr, flush=True)  # noqa: T201


def to_json(value: object) -> str:
    """Returns a value as JSON. Numbers that are infinite or NaN, which JSON lacks, are null."""
    return json.dumps(_finite(value), allow_nan=False)


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
