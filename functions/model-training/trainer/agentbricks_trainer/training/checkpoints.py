"""Stores checkpoints: after each epoch, the state that the next epoch depends on.

A killed training resumes from its checkpoint.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from agentbricks_trainer.progress import Report

KEY_DIGITS = 16


def local_only(_: Path) -> None:
    """Leaves a stored checkpoint on this disk only."""


@dataclass(frozen=True)
class Checkpoints:
    """A folder of checkpoints, one file per training."""

    folder: Path
    on_stored: Callable[[Path], None] = local_only  # receives each file that was written

    def of(self, name: str, *inputs: object) -> "Checkpoint":
        """Returns the checkpoint of a training by its name and inputs. Different inputs give a different checkpoint."""
        digest = hashlib.sha256()
        for given in inputs:
            digest.update(given.tobytes() if isinstance(given, np.ndarray) else repr(given).encode())
        return Checkpoint(self.folder / f"{name}-{digest.hexdigest()[:KEY_DIGITS]}.pt", self.on_stored)


@dataclass(frozen=True)
class Checkpoint:
    """The file of one training's state."""

    path: Path
    on_stored: Callable[[Path], None]

    def load(self, report: Report) -> dict[str, Any] | None:
        """Returns the stored state, or None if there is none. A damaged file is reported, and treated as missing."""
        try:
            state: dict[str, Any] = torch.load(self.path, weights_only=True)
        except FileNotFoundError:
            return None
        except Exception as error:
            report("checkpoint rejected", file=self.path.name, why=str(error))
            return None
        return state

    def save(self, state: dict[str, Any], report: Report) -> None:
        """Replaces the file atomically, and passes it to on_stored.

        If either fails, for example on a full disk or without network, the failure is reported and training continues.
        """
        temporary = self.path.with_suffix(".tmp")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                torch.save(state, file)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path)
        except (OSError, RuntimeError) as error:
            temporary.unlink(missing_ok=True)
            report("checkpoint lost", file=self.path.name, why=str(error))
            return
        try:
            self.on_stored(self.path)
        except Exception as error:  # boto3's errors have no common base class
            report("checkpoint not copied", file=self.path.name, why=str(error))
