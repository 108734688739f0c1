"""Peak memory of this process."""

from pathlib import Path

import numpy as np
import pytest

from agentbricks_trainer.evaluation import peak_memory as subject
from agentbricks_trainer.evaluation.peak_memory import peak_memory


def test_the_peak_includes_memory_that_was_freed() -> None:
    size = np.ones(2**25).nbytes  # 256 MiB
    assert size < peak_memory() < 2**36


@pytest.mark.parametrize("status", [None, "Name:\tpython\nVmRSS:\t  2048 kB\n"], ids=["no file", "no line"])
def test_a_system_without_vmhwm_shows_ru_maxrss(
    status: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if status is not None:
        (tmp_path / "status").write_text(status)
    monkeypatch.setattr(subject, "STATUS", tmp_path / "status")
    assert 2**25 < peak_memory() < 2**36


def test_vmhwm_is_in_kibibytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "status").write_text("VmPeak:\t 9000 kB\nVmHWM:\t    2048 kB\nVmRSS:\t 1024 kB\n")
    monkeypatch.setattr(subject, "STATUS", tmp_path / "status")
    assert peak_memory() == 2**21
