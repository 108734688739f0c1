"""Items that the same users played: a user's score for an item is the sum of its similarities to what they played.

Source: Sarwar, Karypis, Konstan, Riedl 2001, "Item-based collaborative filtering recommendation algorithms"; cosine
similarity of the nearest NEIGHBOURS, as found by scikit-learn.
"""

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.neighbors import NearestNeighbors

from agentbricks_trainer.data.run import Plays
from agentbricks_trainer.progress import Report
from agentbricks_trainer.training.checkpoints import Checkpoints

NEIGHBOURS = 100


class ItemKnn:
    def __init__(self, played: csr_matrix, similarities: csr_matrix) -> None:
        self.played = played  # (U, C + 1)
        self.similarities = similarities  # (C + 1, C + 1): row i holds the neighbours of item i

    def scores(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        # Sums are in float64 and then rounded to float32, so that the order of summation does not break ties.
        everything = np.asarray((self.played[users] @ self.similarities).todense(), np.float32)
        return everything[:, items] if items.ndim == 1 else np.take_along_axis(everything, items, axis=1)


def fit(plays: Plays, catalogue: int, seed: int, report: Report, checkpoints: Checkpoints | None = None) -> ItemKnn:
    shape = (int(plays.users.max()) + 1, catalogue + 1)
    played = csr_matrix((np.ones(len(plays)), (plays.users, plays.titles)), shape)
    by_item = played.T.tocsr()
    # In random order, so that an item's name does not decide which of several equally near neighbours is kept.
    known = np.random.default_rng(seed).permutation(np.flatnonzero(np.diff(by_item.indptr)))
    count = min(NEIGHBOURS + 1, len(known))
    search = NearestNeighbors(n_neighbors=count, metric="cosine", algorithm="brute").fit(by_item[known])
    distances, nearest = search.kneighbors(by_item[known])
    rows, columns = np.repeat(known, count), known[nearest.ravel()]
    apart = rows != columns
    values = (1 - distances.ravel()).astype(np.float32).astype(np.float64)
    similarities = csr_matrix((values[apart], (rows[apart], columns[apart])), (catalogue + 1, catalogue + 1))
    return ItemKnn(played, similarities)
