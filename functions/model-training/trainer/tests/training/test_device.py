"""The device of a training."""

import pytest
import torch

from agentbricks_trainer.training.select_device_and_precision import fastest_device, mixed_precision, name_of


def test_without_a_gpu_everything_is_on_the_processor_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    device = fastest_device()
    assert name_of(device) == "cpu"
    with mixed_precision(device):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32


def test_with_a_gpu_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.backends.cuda.matmul.fp32_precision
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "GPU of a test")
    try:
        device = fastest_device()
        assert torch.backends.cuda.matmul.fp32_precision == "tf32"
    finally:
        torch.backends.cuda.matmul.fp32_precision = before
    assert (device.type, name_of(device)) == ("cuda", "GPU of a test")
