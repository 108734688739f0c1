"""The table of plays: history before a time, and filtering."""

import numpy as np

from agentbricks_trainer.data.plays_as_columns import Plays
from tests.support.build_plays_and_runs import MOMENTS, NO_INTS, plays_of, random_plays


def test_history_has_the_last_plays_strictly_before_a_time_newest_first() -> None:
    plays = plays_of((0, 1, 10), (0, 2, 20), (0, 3, 30), (1, 4, 5))
    history = plays.history(np.array([0, 0, 1, 2]), np.array([30, 31, 5, 99]), 2)
    assert history.tolist() == [[2, 1], [3, 2], [0, 0], [0, 0]]


def test_history_agrees_with_a_loop() -> None:
    random = np.random.default_rng(1)
    for _ in range(100):
        plays, _titles = random_plays(random)
        users, times = random.integers(0, 6, 9), random.integers(-2, MOMENTS + 2, 9)
        expected = []
        for user, time in zip(users, times, strict=True):
            earlier = [
                int(t)
                for u, t, at in zip(plays.users, plays.titles, plays.times, strict=True)
                if u == user and at < time
            ]
            expected.append((earlier[::-1] + [0] * 3)[:3])
        assert plays.history(users, times, 3).tolist() == expected


def test_history_of_no_plays_is_padding() -> None:
    nothing = Plays(NO_INTS, NO_INTS, NO_INTS)
    assert nothing.history(np.array([0, 7]), np.array([1, 1]), 2).tolist() == [[0, 0], [0, 0]]


def test_where_keeps_the_plays_of_the_mask() -> None:
    plays = plays_of((0, 1, 1), (0, 2, 2), (1, 1, 3))
    kept = plays.where(plays.titles == 1)
    assert (len(kept), kept.users.tolist(), kept.times.tolist()) == (2, [0, 1], [1, 3])
