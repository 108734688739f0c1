"""Fixtures for all tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from agentbricks_trainer.data.load_run import load_run
from agentbricks_trainer.data.run_data_classes import Run
from agentbricks_trainer.models.two_stage import Fitted, fit

from .support.recording_report import Stages
from .support.write_small_run_folder import make_run


@pytest.fixture(autouse=True, scope="session")
def _deterministic() -> Iterator[None]:
    """Uses deterministic kernels, as training does, and one thread."""
    torch.set_num_threads(1)
    torch.set_deterministic_debug_mode("error")
    yield
    torch.set_deterministic_debug_mode("default")


@pytest.fixture
def stages() -> Stages:
    return Stages()


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of 60 users, 40 titles and 10 plays per user."""
    return make_run(tmp_path_factory.mktemp("runs") / "run", users=60, titles=40, plays=10)


@pytest.fixture(scope="session")
def small_run(run_folder: Path) -> Run:
    return load_run(run_folder)


@pytest.fixture(scope="session")
def fitted(small_run: Run) -> Fitted:
    """Both stages, trained on all of the small run."""
    return fit(small_run, small_run.plays, small_run.rows, 0, Stages())
