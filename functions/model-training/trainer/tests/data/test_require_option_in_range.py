"""Ranges of options."""

import pytest

from agentbricks_trainer.data.require_option_in_range import require_between
from agentbricks_trainer.errors import TrainerError


def test_the_ends_of_a_range_are_valid() -> None:
    require_between("--k", 1, 1, 10)
    require_between("--k", 10, 1, 10)


@pytest.mark.parametrize("value", [0, 11])
def test_a_value_outside_is_rejected_with_the_range(value: int) -> None:
    with pytest.raises(TrainerError) as caught:
        require_between("--k", value, 1, 10)
    assert caught.value.explanation == {
        "what": f"--k is {value}",
        "why": "it must be an integer from 1 to 10",
        "fix": "Give another --k",
    }
