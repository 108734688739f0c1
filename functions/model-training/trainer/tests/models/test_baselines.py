"""Models without gradients, compared with plain loops."""

import math

import numpy as np
import pytest

from agentbricks_trainer.models import ials, item_knn, popularity
from tests.support.build_plays_and_runs import groups_of_plays, plays_of
from tests.support.recording_report import Stages

PLAYS = plays_of((0, 1, 1), (0, 2, 2), (1, 1, 1), (1, 3, 2), (2, 1, 1), (2, 2, 5), (2, 3, 6), (3, 4, 1))


def test_popularity_counts_plays(stages: Stages) -> None:
    model = popularity.fit(PLAYS, 5, 0, stages)
    assert model.scores(np.array([0, 3]), np.array([1, 2, 5])).tolist() == [[3, 2, 0]] * 2
    assert model.scores(np.array([0, 3]), np.array([[4, 1], [3, 5]])).tolist() == [[1, 3], [2, 0]]


def test_item_knn_sums_cosine_similarities(stages: Stages) -> None:
    model = item_knn.fit(PLAYS, 5, 0, stages)
    users_of = {item: set(PLAYS.users[PLAYS.titles == item].tolist()) for item in range(1, 6)}

    def similarity(one: int, other: int) -> float:  # the cosine of both columns
        if one == other or not users_of[one] or not users_of[other]:
            return 0
        return len(users_of[one] & users_of[other]) / math.sqrt(len(users_of[one]) * len(users_of[other]))

    scores = model.scores(np.arange(4), np.arange(1, 6))
    for user in range(4):
        played = PLAYS.titles[PLAYS.users == user]
        for item in range(1, 6):
            expected = sum(similarity(int(other), item) for other in played)
            assert scores[user, item - 1] == pytest.approx(expected, abs=1e-6)
    own = model.scores(np.array([0, 2]), np.array([[3, 1], [4, 2]]))
    assert own.tolist() == [[scores[0, 2], scores[0, 0]], [scores[2, 3], scores[2, 1]]]


def test_item_knn_keeps_the_nearest_only(stages: Stages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(item_knn, "NEIGHBOURS", 1)
    model = item_knn.fit(PLAYS, 5, 0, stages)
    assert np.diff(model.similarities.indptr).tolist() == [0, 1, 1, 1, 1, 0]


def test_ials_ranks_a_users_group_first_and_repeats_itself(stages: Stages) -> None:
    plays, titles = groups_of_plays()
    everything, users = np.arange(1, titles + 1), np.arange(24)
    scores = ials.fit(plays, titles, 0, stages).scores(users, everything)
    best = 1 + scores.argmax(1)
    assert ((best - 1) % 3 == users % 3).all()
    again = ials.fit(plays, titles, 0, stages).scores(users, everything)
    assert np.allclose(scores, again, atol=1e-5)
    assert ials.fit(plays, titles, 0, stages).scores(users[:1], np.array([[2, 1]])).shape == (1, 2)
