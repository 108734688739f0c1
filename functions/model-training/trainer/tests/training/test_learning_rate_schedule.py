"""The schedule of learning rates."""

import math

import pytest

from agentbricks_trainer.training.learning_rate_schedule import WARM_UP, Schedule


def test_the_rate_rises_in_a_line_and_falls_to_nothing_along_half_a_cosine() -> None:
    schedule = Schedule("x", max_epochs=4, steps=250, learning_rate=2.0, patience=1)
    assert schedule.rate(0, 0) == pytest.approx(2.0 / 1000 / WARM_UP)
    assert schedule.rate(0, 14) == pytest.approx(1.0)
    assert schedule.rate(0, 29) == pytest.approx(2.0)
    middle = schedule.rate(2, 14)  # 515 of 1000 steps: half of the steps after the warm-up
    assert middle == pytest.approx(1.0)
    assert schedule.rate(3, 249) == pytest.approx(0.0)


def test_the_rate_never_rises_after_the_warm_up() -> None:
    schedule = Schedule("x", max_epochs=3, steps=50, learning_rate=0.1, patience=1)
    rates = [schedule.rate(epoch, step) for epoch in range(3) for step in range(50)]
    top = rates.index(max(rates))
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert all(0 <= rate <= 0.1 and math.isfinite(rate) for rate in rates)
