"""Where a model learns: on a GPU, where there is one that PyTorch can use. With an empty CUDA_VISIBLE_DEVICES there is none."""

import torch


def fastest_device() -> torch.device:
    if not torch.cuda.is_available():
        return torch.device("cpu")
    # Products of float32 by the tensor cores, with ten bits of the mantissa: for scores, where bfloat16 has too few.
    torch.backends.cuda.matmul.fp32_precision = "tf32"
    return torch.device("cuda")


def name_of(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def mixed_precision(device: torch.device) -> torch.autocast:
    """On a GPU matrix products in bfloat16, beside weights and sums in float32; on a processor all stays float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda")
