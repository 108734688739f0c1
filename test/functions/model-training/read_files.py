"""Reads a file of plays, or one of negatives and its test file, per argument (`path`, or `path:test`): a JSON line each."""

import json
import sys
from pathlib import Path

from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.data.formats.detect_format import read_pairs
from agentbricks_trainer.data.formats.negatives_file import read_negatives


def read(argument: str) -> dict:
    path, *test = (Path(part) for part in argument.split(":"))
    try:
        if test:
            return {"negatives": read_negatives(path, read_pairs(test[0])).to_pylist()}
        pairs = read_pairs(path)
    except TrainerError as error:
        return {"error": error.explanation}
    plays = [list(play) for play in zip(pairs.users.to_pylist(), pairs.items.to_pylist())]
    return {"form": pairs.form, "plays": plays, "times": None if pairs.times is None else pairs.times.tolist()}


for argument in sys.argv[1:]:
    print(json.dumps(read(argument)))
