"""Settings of the two-tower."""

from pathlib import Path

import pytest

from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.models.two_tower.default_and_validated_hyperparameters import (
    RANGES,
    Settings,
    read_settings,
    settings_of,
)


def test_given_values_replace_the_defaults() -> None:
    settings = settings_of({"epochs": 3, "dropout": 0})
    assert (settings.epochs, settings.dropout, settings.batch) == (3, 0, Settings().batch)


def test_the_defaults_and_the_ends_of_the_ranges_are_valid() -> None:
    assert set(RANGES) == set(Settings().__dataclass_fields__)
    for name, ends in RANGES.items():
        for value in ends:
            settings_of({name: value})


@pytest.mark.parametrize(
    "given", [{"patience": 3}, {"epochs": 0}, {"dropout": 1}, {"epochs": 2.0}, {"batch": True}, {"weight_decay": -0.1}]
)
def test_an_unknown_or_invalid_value_is_named(given: dict[str, float]) -> None:
    ((name, value),) = given.items()
    with pytest.raises(TrainerError, match=f"the two-tower does not accept {name} = {value}"):
        settings_of(given)


def test_settings_are_read_from_json(tmp_path: Path) -> None:
    path = tmp_path / "best.json"
    path.write_bytes(b'\xef\xbb\xbf{"epochs": 2, "dropout": 0.5}')
    assert read_settings(path) == {"epochs": 2, "dropout": 0.5}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("not json", "Expecting value"),
        ("[1]", "it is not a JSON object of numbers"),
        ('{"epochs": "2"}', "it is not a JSON object of numbers"),
        ('{"epochs": true}', "it is not a JSON object of numbers"),
        ('{"epochs": -1}', "epochs is -1, and settings are numbers from 0"),
        ('{"dropout": NaN}', "dropout is nan"),
    ],
)
def test_invalid_settings_are_rejected(tmp_path: Path, content: str, why: str) -> None:
    (tmp_path / "settings.json").write_text(content)
    with pytest.raises(TrainerError, match=rf"settings\.json has no valid settings: {why}"):
        read_settings(tmp_path / "settings.json")


def test_a_missing_file_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(TrainerError, match="No such file"):
        read_settings(tmp_path / "missing.json")
