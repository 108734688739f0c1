"""A run's features, affinities and unchosen plays."""

import numpy as np

from agentbricks_trainer.data.feature_names import FEATURE_NAMES
from tests.support.build_plays_and_runs import plays_of, run_of, unchosen


def test_features_of_a_pair_are_in_the_order_of_their_names() -> None:
    snapshot = run_of(plays_of((0, 1, 1), (1, 2, 2)), users=2, titles=2, split_at=5).at_split
    snapshot.users[1] = [10, 11, 12]
    snapshot.titles[2] = [20, 21, 22, 23]
    affinity = np.array([[0, 0.25, 0.5]], np.float32)
    features = snapshot.features(np.array([1]), affinity)
    assert features.shape == (1, 3, len(FEATURE_NAMES))
    assert features[0, 2].tolist() == [10, 11, 12, 20, 21, 22, 23, 0.5]


def test_affinity_is_the_mean_genre_share_over_a_titles_genres() -> None:
    run = run_of(plays_of((0, 1, 1)), users=1, titles=2, split_at=5)
    genres = np.array([[0, 0, 0], [1, 1, 0], [0, 0, 0]], np.float32)  # title 1 has two genres, title 2 none
    snapshot = run.at_split
    object.__setattr__(snapshot, "genres", genres)
    object.__setattr__(snapshot, "genre_share", np.array([[0.5, 0.25, 0.25]], np.float32))
    assert run.affinity(np.array([0])).tolist() == [[0, 0.375, 0]]


def test_unchosen_plays_are_joined_and_filtered_with_their_slates() -> None:
    both = unchosen((0, 1, 1, [1, 2]), (0, 3, 2, [])).and_also(unchosen((1, 2, 3, [2])))
    assert both.titles.tolist() == [1, 3, 2]
    kept = both.where(both.titles < 3)
    assert [slate.tolist() for slate in kept.shown] == [[1, 2], [2]]
    assert kept.times.tolist() == [1, 3]
