"""Progress on stderr."""

import json

import pytest

from agentbricks_trainer.progress import to_stderr


def test_a_stage_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    to_stderr("loaded", plays=3, train="tabs: user, item")
    printed = capsys.readouterr()
    assert printed.out == ""
    assert json.loads(printed.err) == {"stage": "loaded", "plays": 3, "train": "tabs: user, item"}
