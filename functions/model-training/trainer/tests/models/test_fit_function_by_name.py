"""Lookup of a model's fit function by the model's name."""

import numpy as np
import pytest

from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.models import MODELS, fit_function
from agentbricks_trainer.models.popularity import Popularity
from tests.support.build_plays_and_runs import plays_of
from tests.support.recording_report import Stages


@pytest.mark.parametrize("name", MODELS)
def test_every_name_has_a_fit_function(name: str) -> None:
    assert callable(fit_function(name))


def test_settings_are_for_the_two_tower_only(stages: Stages) -> None:
    model = fit_function("popularity", {"epochs": 1})(plays_of((0, 1, 1)), 2, 0, stages)
    assert isinstance(model, Popularity)
    with pytest.raises(TrainerError, match="does not accept patience = 3"):
        fit_function("two-tower", {"patience": 3})


def test_the_two_tower_gets_its_settings(stages: Stages) -> None:
    plays = plays_of((0, 1, 1), (0, 2, 2), (0, 3, 3), (1, 2, 1), (1, 3, 2), (1, 1, 3))
    fit_function("two-tower", {"epochs": 2, "batch": 1})(plays, 3, 0, stages).scores(np.array([0]), np.array([1, 2]))
    assert [facts["epoch"] for name, facts in stages.received if name == "towers"] == [1, 2]
    assert stages.received[0] == ("towers begin", {"device": "cpu", "windows": 2, "batch": 1})
