"""Dot products of user and item vectors."""

import numpy as np

from agentbricks_trainer.dot_product import dot_products


def test_items_may_be_the_same_for_all_users_or_differ() -> None:
    random = np.random.default_rng(1)
    users, vectors = random.random((2, 3), np.float32), random.random((5, 3), np.float32)
    same, own = np.array([4, 1]), np.array([[0, 2, 2], [3, 1, 4]])
    of_same, of_own = dot_products(users, vectors, same), dot_products(users, vectors, own)
    for n in range(2):
        assert np.allclose(of_same[n], [sum(users[n] * vectors[item]) for item in same])
        assert np.allclose(of_own[n], [sum(users[n] * vectors[item]) for item in own[n]])
