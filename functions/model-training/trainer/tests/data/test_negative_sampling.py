"""Sampling of items that users have not played."""

import numpy as np

from agentbricks_trainer.data.negative_sampling.never_played import never_played, sample_columns
from agentbricks_trainer.data.negative_sampling.unplayed import unplayed
from tests.support.build_plays_and_runs import MOMENTS, played_by, plays_of, random_plays

WORLDS = 300


def test_an_unplayed_item_was_not_played_by_the_time_and_may_be_played_later() -> None:
    random = np.random.default_rng(1)
    later = 0
    for _ in range(WORLDS):
        plays, titles = random_plays(random)
        users, times = random.choice(plays.users, 50), random.integers(-1, MOMENTS + 1, 50)
        for user, time, item in zip(users, times, unplayed(plays, users, times, titles, random), strict=True):
            done = played_by(plays, user, time)
            assert item not in done
            assert (item == 0) == (len(done) == titles)
            later += int(item in played_by(plays, user, MOMENTS) - done)
    assert later > 0


def test_unplayed_items_are_uniform() -> None:
    plays = plays_of((0, 1, 1), (0, 2, 5))
    samples = unplayed(plays, np.zeros(6000, np.int64), np.full(6000, 1), 4, np.random.default_rng(1))
    counts = np.bincount(samples, minlength=5)
    assert counts[[0, 1]].tolist() == [0, 0]
    assert np.abs(counts[2:] / 6000 - 1 / 3).max() < 4 * np.sqrt(2 / 9 / 6000)


def test_a_user_who_has_played_everything_gets_padding() -> None:
    plays = plays_of((0, 1, 1), (0, 2, 2), (1, 1, 1))
    items = unplayed(plays, np.array([0, 0, 1]), np.array([2, 1, 9]), 2, np.random.default_rng(1))
    assert items.tolist() == [0, 2, 2]


def test_never_played_items_are_distinct_and_padded() -> None:
    random = np.random.default_rng(2)
    for _ in range(WORLDS):
        plays, titles = random_plays(random)
        users = np.unique(plays.users)
        samples = never_played(plays, users, titles, 3, random)
        for user, row in zip(users, samples, strict=True):
            others = set(range(1, titles + 1)) - played_by(plays, user, MOMENTS)
            found = row[row > 0].tolist()
            assert len(found) == len(set(found)) == min(3, len(others))
            assert set(found) <= others


def test_columns_are_sampled_uniformly_without_replacement() -> None:
    taken = np.tile([True, False, False, False, False], (4000, 1))
    samples = sample_columns(taken, 2, np.random.default_rng(1))
    assert (samples[:, 0] != samples[:, 1]).all()
    shares = np.bincount(samples.ravel(), minlength=5) / 4000
    assert shares[0] == 0
    assert np.abs(shares[1:] - 0.5).max() < 4 * 0.5 / np.sqrt(4000)
