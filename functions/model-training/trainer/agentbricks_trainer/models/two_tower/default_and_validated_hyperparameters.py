"""Hyperparameters of the two-tower. `agentbricks search` tunes them."""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

from agentbricks_trainer.errors import TrainerError

FIX = "Give the best.json of a search's folder"


@dataclass(frozen=True)
class Settings:
    """Hyperparameters. The defaults were chosen by hand on the training part of MovieLens-100K."""

    learning_rate: float = 8e-3
    # Number of windows per batch, with up to 50 examples each. Large data sets have larger batches: see MOST_STEPS.
    batch: int = 16
    # Number of negatives per batch that are sampled uniformly from the catalogue.
    uniform_negatives: int = 256
    # Number of negatives per batch that are sampled from the batch's targets.
    batch_negatives: int = 128
    dropout: float = 0.2
    weight_decay: float = 1e-2
    epochs: int = 5


# Smallest and largest valid value of each setting.
RANGES = {
    "learning_rate": (1e-6, 1.0),
    "batch": (1, 65_536),
    "uniform_negatives": (1, 65_536),
    "batch_negatives": (1, 65_536),
    "dropout": (0.0, 0.95),
    "weight_decay": (0.0, 1.0),
    "epochs": (1, 1_000),
}


def settings_of(given: dict[str, float]) -> Settings:
    """Returns the default settings with some values replaced.

    Raises:
        TrainerError: If a name is unknown, or a value has the wrong type or is out of its range.
    """
    known = asdict(Settings())
    wrong = [name for name, value in given.items() if not _is_valid(name, value, known)]
    if wrong:
        ranges = ", ".join(f"{name} {low:g} to {high:g}" for name, (low, high) in RANGES.items())
        raise TrainerError(
            f"the two-tower does not accept {', '.join(f'{name} = {given[name]}' for name in wrong)}",
            f"its settings, with their ranges, are {ranges}",
            FIX,
        )
    return Settings(**given)  # type: ignore[arg-type]  # _is_valid has checked the types


def _is_valid(name: str, value: float, known: dict[str, float]) -> bool:
    if name not in known or isinstance(value, bool) or type(value) not in (type(known[name]), int):
        return False
    low, high = RANGES[name]
    return low <= value <= high


def read_settings(path: Path) -> dict[str, float]:
    """Reads settings by name, as a search writes them. `settings_of` checks the names and values.

    Raises:
        TrainerError: If the file is not a JSON object of finite numbers that are at least 0.
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise _invalid(path, str(error)) from error
    if not isinstance(given, dict) or not all(type(value) in (int, float) for value in given.values()):
        raise _invalid(path, "it is not a JSON object of numbers")
    wrong = [name for name, value in given.items() if not math.isfinite(value) or value < 0]
    if wrong:
        raise _invalid(path, f"{wrong[0]} is {given[wrong[0]]}, and settings are numbers from 0")
    return given


def _invalid(path: Path, why: str) -> TrainerError:
    return TrainerError(f"{path} has no valid settings", why, FIX)
