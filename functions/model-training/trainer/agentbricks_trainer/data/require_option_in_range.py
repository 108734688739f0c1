"""Ranges of numeric options. The TypeScript command line has the same ranges."""

from agentbricks_trainer.errors import TrainerError

MAX_SEED = 2**32 - 1
MAX_K = 1_000
MAX_TRIALS = 1_000


def require_between(option: str, value: int, least: int, most: int) -> None:
    """Checks that an option's value is in its range.

    Args:
        option: Name on the command line.
        value: Value of the option.
        least: Smallest valid value.
        most: Largest valid value.

    Raises:
        TrainerError: If the value is outside the range.
    """
    if least <= value <= most:
        return
    raise TrainerError(
        f"{option} is {value}",
        f"it must be an integer from {least} to {most}",
        f"Give another {option}",
    )
