"""Initial item vectors."""

import numpy as np

from agentbricks_trainer.models.two_tower.spectral_init import UNKNOWN_LENGTH, spectral_vectors
from tests.support.build_plays_and_runs import groups_of_plays, plays_of


def test_items_that_the_same_people_play_start_near_one_another() -> None:
    plays, titles = groups_of_plays(users=60, length=7)
    vectors = spectral_vectors(plays, titles + 1, 8, np.random.default_rng(1))
    assert vectors.shape == (titles + 1, 8)
    assert vectors.dtype == np.float32
    assert vectors[0].tolist() == [0] * 8
    assert np.allclose(np.linalg.norm(vectors[1:], axis=1), 1, atol=1e-5)
    group = np.arange(titles) % 3
    cosines = vectors[1:] @ vectors[1:].T
    same, other = group[:, None] == group[None, :], group[:, None] != group[None, :]
    np.fill_diagonal(same, False)
    assert cosines[same].mean() > cosines[other].mean() + 0.5


def test_an_item_that_hardly_anybody_plays_starts_near_the_middle() -> None:
    plays = plays_of((0, 1, 1), (0, 2, 2), (1, 1, 1), (1, 2, 2), (1, 3, 3))
    vectors = spectral_vectors(plays, 5, 4, np.random.default_rng(1))
    norms = np.linalg.norm(vectors, axis=1)
    assert np.allclose(norms[[3, 4]], UNKNOWN_LENGTH, atol=1e-6)
    assert np.allclose(norms[[1, 2]], 1, atol=1e-5)
