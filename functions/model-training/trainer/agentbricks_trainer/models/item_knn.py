"""Item k-nearest neighbours: an item's score is the sum of its similarities to the items that the user played.

Source: Sarwar, Karypis, Konstan, Riedl 2001, "Item-based collaborative filtering recommendation algorithms". Similarity
is the cosine. Only the NEIGHBOURS nearest items count; scikit-learn finds them.
"""

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.neighbors import NearestNeighbors

from agentbricks_trainer.data.array_types import Floats, Ints
from agentbricks_trainer.data.plays_as_columns import Plays
from agentbricks_trainer.progress import Report
from agentbricks_trainer.training.checkpoints import Checkpoints

NEIGHBOURS = 100


class ItemKnn:
    """Scores items by their similarity to the items that a user played."""

    def __init__(self, played: csr_matrix, similarities: csr_matrix) -> None:
        self.played = played  # (U, C + 1)
        self.similarities = similarities  # (C + 1, C + 1), row i has the neighbours of item i

    def scores(self, users: Ints, items: Ints) -> Floats:
        """Returns the sum of similarities for each item, (n, k). See Recommender."""
        # Sums in float64 are rounded to float32, so that the order of summation breaks no ties.
        of_all = np.asarray((self.played[users] @ self.similarities).todense(), np.float32)
        return of_all[:, items] if items.ndim == 1 else np.take_along_axis(of_all, items, axis=1)


def fit(
    plays: Plays,
    catalogue: int,
    seed: int,
    report: Report,  # noqa: ARG001
    checkpoints: Checkpoints | None = None,  # noqa: ARG001
) -> ItemKnn:
    """Finds the nearest neighbours of each item. See Fit."""
    shape = (int(plays.users.max()) + 1, catalogue + 1)
    played = csr_matrix((np.ones(len(plays)), (plays.users, plays.titles)), shape)
    by_item = played.T.tocsr()
    # The order is random, so that an item's number does not decide which of several equally near neighbours is kept.
    known = np.random.default_rng(seed).permutation(np.flatnonzero(np.diff(by_item.indptr)))
    count = min(NEIGHBOURS + 1, len(known))
    search = NearestNeighbors(n_neighbors=count, metric="cosine", algorithm="brute").fit(by_item[known])
    distances, nearest = search.kneighbors(by_item[known])
    rows, columns = np.repeat(known, count), known[nearest.ravel()]
    apart = rows != columns
    values = (1 - distances.ravel()).astype(np.float32).astype(np.float64)
    similarities = csr_matrix((values[apart], (rows[apart], columns[apart])), (catalogue + 1, catalogue + 1))
    return ItemKnn(played, similarities)
