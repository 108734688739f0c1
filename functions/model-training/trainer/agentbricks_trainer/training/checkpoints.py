"""What a training that was killed goes on from: after each epoch, everything that the next one depends on."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from agentbricks_trainer.progress import Report

KEY_DIGITS = 16


def nothing_more(_: Path) -> None:
    """A checkpoint on this disk is enough."""


@dataclass(frozen=True)
class Checkpoints:
    """A folder of checkpoints, one file for each fit. `stored` is told of each file that was written."""

    folder: Path
    stored: Callable[[Path], None] = nothing_more

    def of(self, name: str, *inputs: object) -> "Checkpoint":
        """The one of a fit by its name and everything it learns from: other data, sizes or seeds are another fit."""
        digest = hashlib.sha256()
        for given in inputs:
            digest.update(given.tobytes() if isinstance(given, np.ndarray) else repr(given).encode())
        return Checkpoint(self.folder / f"{name}-{digest.hexdigest()[:KEY_DIGITS]}.pt", self.stored)


@dataclass(frozen=True)
class Checkpoint:
    path: Path
    stored: Callable[[Path], None]

    def load(self, report: Report) -> dict | None:
        """None where there is none, or where it is damaged: then the fit begins anew."""
        try:
            return torch.load(self.path, weights_only=True)
        except FileNotFoundError:
            return None
        except Exception as error:
            report("checkpoint refused", file=self.path.name, why=str(error))
            return None

    def save(self, state: dict, report: Report) -> None:
        """Whole or not at all. A disk that is full costs the checkpoint, and never the training."""
        temporary = self.path.with_suffix(".tmp")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                torch.save(state, file)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path)
            self.stored(self.path)
        except (OSError, RuntimeError) as error:
            temporary.unlink(missing_ok=True)
            report("checkpoint lost", file=self.path.name, why=str(error))
