"""The separation of a run's test plays from its known plays."""

import numpy as np

from agentbricks_trainer.evaluation.held_out import held_out
from tests.support.build_plays_and_runs import plays_of, run_of


def test_the_test_has_later_plays_by_known_users_of_known_titles() -> None:
    plays = plays_of((0, 1, 1), (0, 2, 5), (0, 3, 6), (1, 1, 4), (1, 4, 9), (2, 1, 7))
    run = run_of(plays, users=3, titles=4, split_at=5)
    run.at_split.title_known[4] = False
    before, after = held_out(run)
    assert list(zip(before.users, before.titles, strict=True)) == [(0, 1), (1, 1)]
    # User 2 is new, and title 4 was not in the catalogue.
    assert list(zip(after.users, after.titles, after.times, strict=True)) == [(0, 2, 5), (0, 3, 6)]


def test_the_split_is_one_time_for_all_users() -> None:
    random = np.random.default_rng(1)
    rows = {(int(u), int(t)): int(at) for u, t, at in random.integers(0, 9, (80, 3))}
    plays = plays_of(*((u, t + 1, at) for (u, t), at in rows.items()))
    run = run_of(plays, users=9, titles=9, split_at=4)
    before, after = held_out(run)
    assert before.times.max() < 4 <= after.times.min()
    expected = {(u, t + 1) for (u, t), at in rows.items() if at >= 4 and u in set(before.users.tolist())}
    assert set(zip(after.users.tolist(), after.titles.tolist(), strict=True)) == expected
