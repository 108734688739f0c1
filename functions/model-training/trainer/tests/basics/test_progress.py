"""Progress on stderr."""

import json
from typing import NoReturn

import numpy as np
import pytest

from agentbricks_trainer.progress import to_json, to_stderr


def test_a_stage_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    to_stderr("loaded", plays=3, train="tabs: user, item")
    printed = capsys.readouterr()
    assert printed.out == ""
    assert json.loads(printed.err) == {"stage": "loaded", "plays": 3, "train": "tabs: user, item"}


def rejected(constant: str) -> NoReturn:
    raise AssertionError(f"{constant} is not JSON")


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), -np.inf, np.float64("nan")])
def test_a_number_that_is_not_finite_is_null(loss: float, capsys: pytest.CaptureFixture[str]) -> None:
    to_stderr("towers", epoch=1, validation_loss=loss)
    printed = json.loads(capsys.readouterr().err, parse_constant=rejected)
    assert printed == {"stage": "towers", "epoch": 1, "validation_loss": None}


def test_nested_numbers_are_valid_json_too() -> None:
    result = {"models": [{"name": "a", "p": float("nan")}], "sizes": (1, 0.5, float("inf")), "is": True, "no": None}
    found = json.loads(to_json(result), parse_constant=rejected)
    assert found == {"models": [{"name": "a", "p": None}], "sizes": [1, 0.5, None], "is": True, "no": None}
