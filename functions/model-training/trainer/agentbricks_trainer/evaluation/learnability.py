"""How much of people's choices can be learned: leave-one-out with 99 sampled negatives, as He et al. 2017 had it."""

from pathlib import Path

import numpy as np
import torch

from agentbricks_trainer.data.formats.negatives_file import sampled
from agentbricks_trainer.data.option_ranges import MAX_SEED, require_between
from agentbricks_trainer.errors import TrainerError

from . import metrics

NEGATIVES = 99
# Rank and power iterations of the factorisation; the rank was tuned on MovieLens-100K and on the universe.
RANK = 16
POWER_ITERATIONS = 8


def learnability(path: Path, seed: int) -> dict:
    """Reads lines `user<TAB>item<TAB>time`, numbered from 0 without holes, and holds each user's last item out.

    Of plays at the same time, a random one is the last. Users who have played every item are left out.
    Returns HR@10 and NDCG@10 of popularity and of a factorisation, with intervals over users. Raises TrainerError.
    """
    require_between("--seed", seed, 0, MAX_SEED)
    random = np.random.default_rng(seed)
    users, items = _plays(path, random)
    last = np.append(users[1:] != users[:-1], True)
    taken = np.zeros((int(users.max()) + 1, int(items.max()) + 1), bool)
    taken[users, items] = True
    known = taken.copy()
    known[users[last], items[last]] = False
    judged, held_out = users[last], items[last]
    slates = np.concatenate([held_out[:, None], sampled(taken[judged], NEGATIVES, random)], axis=1)
    enough = (slates[:, 1:] >= 0).any(1)
    if not enough.any():
        raise TrainerError(
            f"every user of {path} has played all {taken.shape[1]} items",
            "each user's last play is ranked against items that its user never played, and there are none",
            "Give more items, or fewer plays per user",
        )
    judged, slates = judged[enough], slates[enough]
    known = known.astype(np.float32)
    return {
        "users": len(judged),
        "popularity": _quality(np.tile(known.sum(0), (len(judged), 1)), slates, random, seed),
        "factorisation": _quality(_pure_svd(known, seed)[judged], slates, random, seed),
    }


def _plays(path: Path, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Users and items (P,) int64, by user and time; plays of one user and time in random order."""
    try:
        table = np.loadtxt(path, delimiter="\t", dtype=np.int64, ndmin=2)
    except (OSError, ValueError) as error:
        raise _unreadable(path, str(error)) from error
    if table.shape[1] != 3 or len(table) == 0 or table[:, :2].min() < 0:
        raise _unreadable(path, f"it has {len(table)} lines of {table.shape[1]} columns, or numbers below 0")
    order = np.lexsort((random.random(len(table)), table[:, 2], table[:, 0]))
    return table[order, 0], table[order, 1]


def _unreadable(path: Path, why: str) -> TrainerError:
    return TrainerError(f"{path} cannot be read", why, "Give lines of user, item and time, whole numbers separated by tabs")


def _pure_svd(known: np.ndarray, seed: int) -> np.ndarray:
    """Scores of all items by a truncated SVD of what is known. (U, I) → (U, I).

    Source: Cremonesi, Koren, Turrin 2010, "Performance of recommender algorithms on top-N recommendation tasks".
    """
    torch.manual_seed(seed)
    rank = min(RANK, *known.shape)
    left, values, right = torch.svd_lowrank(torch.from_numpy(known), q=rank, niter=POWER_ITERATIONS)
    return ((left * values) @ right.T).numpy()


def _quality(scores: np.ndarray, slates: np.ndarray, random: np.random.Generator, seed: int) -> dict:
    """Metrics of scores (U, I). The first column of slates (U, n) is the held-out item; -1 is an empty slot."""
    of_slates = np.where(slates >= 0, np.take_along_axis(scores, np.maximum(slates, 0), axis=1), -np.inf)
    hits = metrics.best(of_slates, metrics.K, random) == 0
    return metrics.summary(metrics.per_user(hits, np.ones(len(slates), np.int64)), seed)
