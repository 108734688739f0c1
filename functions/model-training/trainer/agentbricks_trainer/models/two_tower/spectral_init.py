"""Initial item vectors: items that the same people play start near one another, so training needs fewer epochs.

The vectors are the leading directions of the matrix of plays, weighted by 1/√(plays of the user × plays of the item). A
graph's normalised Laplacian has the same directions. Sources: Dhillon 2001, "Co-clustering documents and words using
bipartite spectral graph partitioning"; Halko, Martinsson, Tropp 2011, "Finding structure with randomness".
"""

import numpy as np
import scipy.sparse

from agentbricks_trainer.data.array_types import Floats, Values
from agentbricks_trainer.data.plays_as_columns import Plays

ITERATIONS = 6
# Number of additional directions that are iterated and then dropped, so that the others converge in fewer iterations.
SPARE = 8
# Minimum number of plays of an item for a spectral vector. Items with fewer plays start with a short random vector.
LEAST_PLAYS = 2
UNKNOWN_LENGTH = 0.1


def spectral_vectors(plays: Plays, items: int, dimensions: int, random: np.random.Generator) -> Floats:
    """Returns the initial vectors of all items.

    Args:
        plays: Plays to learn from.
        items: Number of items with padding, C + 1.
        dimensions: Length of a vector, D.
        random: Source of all random numbers.

    Returns:
        Vectors, (C + 1, D): of norm 1, or UNKNOWN_LENGTH for items with fewer than LEAST_PLAYS plays. Row 0 is zero.
    """
    by_user, by_item = np.bincount(plays.users), np.bincount(plays.titles, minlength=items)
    weights = (1 / np.sqrt(by_user[plays.users] * by_item[plays.titles])).astype(np.float32)
    shape = (len(by_user), items)
    played = scipy.sparse.csr_matrix((weights, (plays.users, plays.titles)), shape)
    basis = random.standard_normal((items, dimensions + 1 + SPARE)).astype(np.float32)
    for _ in range(ITERATIONS):
        basis, _ = np.linalg.qr(played.T @ (played @ basis))
    _, strength, turn = np.linalg.svd(played @ basis, full_matrices=False)
    # The first direction only reflects the number of plays of each item.
    leading = slice(1, dimensions + 1)
    vectors: Values = np.zeros((items, dimensions), np.float32)
    found = (basis @ turn.T)[:, leading] * strength[leading]
    vectors[:, : found.shape[1]] = found
    # A random rotation spreads the information over all coordinates.
    vectors = _normalised(vectors @ np.linalg.qr(random.standard_normal((dimensions, dimensions)))[0])
    unknown = UNKNOWN_LENGTH * _normalised(random.standard_normal(vectors.shape))
    vectors = np.where(by_item[:, None] < LEAST_PLAYS, unknown, vectors).astype(np.float32)
    vectors[0] = 0
    return vectors


def _normalised(rows: Values) -> Values:
    normalised: Values = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return normalised
