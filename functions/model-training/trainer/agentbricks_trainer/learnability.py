"""How much of people's choices can be learned: leave-one-out with 99 sampled negatives, as He et al. 2017 had it."""

from pathlib import Path

import numpy as np
import torch

from . import metrics

NEGATIVES = 99
# Rank and power iterations of the factorisation; the rank was tuned on MovieLens-100K and on the universe.
RANK = 16
POWER_ITERATIONS = 8


def learnability(path: Path, seed: int) -> dict:
    """Reads lines `user<TAB>item<TAB>time`, numbered from 0 without holes, and holds each user's last item out.

    Returns HR@10 and NDCG@10 of popularity and of a factorisation, with intervals over users.
    """
    table = np.loadtxt(path, delimiter="\t", dtype=np.int64, ndmin=2)
    users, items = (table[np.lexsort((table[:, 2], table[:, 0]))][:, column] for column in (0, 1))
    last = np.append(users[1:] != users[:-1], True)
    shape = (int(users.max()) + 1, int(items.max()) + 1)
    taken = np.zeros(shape, np.float32)
    taken[users, items] = 1
    known = taken.copy()
    known[users[last], items[last]] = 0
    random = np.random.default_rng(seed)
    slates = np.concatenate([items[last][:, None], _negatives(taken, random)], axis=1)
    popularity = np.tile(known.sum(0), (shape[0], 1))
    return {
        "users": shape[0],
        "popularity": _quality(popularity, slates, random, seed),
        "factorisation": _quality(_pure_svd(known, seed), slates, random, seed),
    }


def _negatives(taken: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Items each user never took, without replacement. taken (U, I) → (U, NEGATIVES)."""
    keys = random.random(taken.shape, np.float32) + 2 * taken
    return np.argsort(keys, axis=1)[:, :NEGATIVES]


def _pure_svd(known: np.ndarray, seed: int) -> np.ndarray:
    """Scores of all items by a truncated SVD of what is known. (U, I) → (U, I).

    Source: Cremonesi, Koren, Turrin 2010, "Performance of recommender algorithms on top-N recommendation tasks".
    """
    torch.manual_seed(seed)
    rank = min(RANK, *known.shape)
    left, values, right = torch.svd_lowrank(torch.from_numpy(known), q=rank, niter=POWER_ITERATIONS)
    return ((left * values) @ right.T).numpy()


def _quality(scores: np.ndarray, slates: np.ndarray, random: np.random.Generator, seed: int) -> dict:
    """The first column of a slate is the one held out; ties are broken by chance."""
    of_slates = np.take_along_axis(scores, slates, axis=1)
    order = np.lexsort((random.random(of_slates.shape), -of_slates), axis=1)
    values = metrics.per_user(order[:, : metrics.K] == 0, np.ones(len(slates), np.int64))
    return metrics.summary(values, seed)
