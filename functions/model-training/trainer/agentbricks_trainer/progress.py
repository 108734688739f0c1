"""How a long run tells where it is: one JSON object per line on stderr."""

import json
import sys
from collections.abc import Callable

# stage, and what is known of it
Report = Callable[..., None]


def to_stderr(stage: str, **facts: object) -> None:
    print(json.dumps({"stage": stage, **facts}), file=sys.stderr, flush=True)
