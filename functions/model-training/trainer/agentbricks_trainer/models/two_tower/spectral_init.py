"""Where item vectors start: items that the same people play begin near one another, so that fewer epochs are needed.

The leading directions of the matrix of who played what, each play weighed by how little its user and its item say by
being there: that of a graph's normalised Laplacian. Sources: Dhillon 2001, "Co-clustering documents and words using
bipartite spectral graph partitioning"; Halko, Martinsson, Tropp 2011, "Finding structure with randomness".
"""

import numpy as np
import scipy.sparse

from agentbricks_trainer.data.run import Plays

ITERATIONS = 6
# Directions that are followed and dropped again: with them the others are found in fewer iterations.
SPARE = 8
# Of an item with fewer plays nothing is known: it starts near the middle.
LEAST_PLAYS = 2
UNKNOWN_LENGTH = 0.1


def spectral_vectors(plays: Plays, items: int, dimensions: int, random: np.random.Generator) -> np.ndarray:
    """items: C + 1, with padding. Rows of length 1, but for what nobody knows: (C + 1, D) float32. Row 0 is zero."""
    by_user, by_item = np.bincount(plays.users), np.bincount(plays.titles, minlength=items)
    weights = (1 / np.sqrt(by_user[plays.users] * by_item[plays.titles])).astype(np.float32)
    shape = (len(by_user), items)
    played = scipy.sparse.csr_matrix((weights, (plays.users, plays.titles)), shape)
    basis = random.standard_normal((items, dimensions + 1 + SPARE)).astype(np.float32)
    for _ in range(ITERATIONS):
        basis, _ = np.linalg.qr(played.T @ (played @ basis))
    _, strength, turn = np.linalg.svd(played @ basis, full_matrices=False)
    # The first direction is how often each is played, whoever plays.
    leading = slice(1, dimensions + 1)
    vectors = np.zeros((items, dimensions), np.float32)
    found = (basis @ turn.T)[:, leading] * strength[leading]
    vectors[:, : found.shape[1]] = found
    # Turned at random, so that no coordinate holds more than another.
    vectors = _of_length_one(vectors @ np.linalg.qr(random.standard_normal((dimensions, dimensions)))[0])
    unknown = UNKNOWN_LENGTH * _of_length_one(random.standard_normal(vectors.shape))
    vectors = np.where(by_item[:, None] < LEAST_PLAYS, unknown, vectors).astype(np.float32)
    vectors[0] = 0
    return vectors


def _of_length_one(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
