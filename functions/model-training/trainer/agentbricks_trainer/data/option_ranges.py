"""Ranges of numeric options, the same as in bin/program/command-options.ts."""

from agentbricks_trainer.errors import TrainerError

MAX_SEED = 2**32 - 1
MAX_K = 1_000
MAX_TRIALS = 1_000


def require_between(option: str, value: int, least: int, most: int) -> None:
    """Raises TrainerError for a value outside. option: its name on the command line"""
    if least <= value <= most:
        return
    raise TrainerError(
        f"{option} is {value}",
        f"it must be a whole number from {least} to {most}",
        f"Give another {option}",
    )
