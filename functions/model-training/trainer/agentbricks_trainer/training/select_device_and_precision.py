"""Selects the device that a model trains on. An empty CUDA_VISIBLE_DEVICES hides all GPUs."""

import torch


def fastest_device() -> torch.device:
    """Returns the GPU if PyTorch can use one, otherwise the processor."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    # With TF32, tensor cores multiply float32 matrices with ten bits of mantissa. Scores need this precision; bfloat16
    # has seven bits.
    torch.backends.cuda.matmul.fp32_precision = "tf32"
    return torch.device("cuda")


def name_of(device: torch.device) -> str:
    """Returns the name of a GPU, or "cpu"."""
    return str(torch.cuda.get_device_name(device)) if device.type == "cuda" else device.type


def mixed_precision(device: torch.device) -> torch.autocast:
    """Returns a context for matrix products in bfloat16 on a GPU. On a processor everything stays in float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda")
