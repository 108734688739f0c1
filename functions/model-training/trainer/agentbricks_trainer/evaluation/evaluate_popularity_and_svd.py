"""Measures how well simple models predict users' choices, by leave-one-out with 99 sampled negatives.

Source: He et al. 2017.
"""

from pathlib import Path

import numpy as np
import torch

from agentbricks_trainer.data.array_types import Doubles, Ints, Values
from agentbricks_trainer.data.negative_sampling.never_played import sample_columns
from agentbricks_trainer.data.require_option_in_range import MAX_SEED, require_between
from agentbricks_trainer.errors import TrainerError

from .metrics.bootstrap import summarise
from .metrics.per_user import K, per_user
from .metrics.select_top_k_items import top_k

NEGATIVES = 99
# Rank and power iterations of the factorisation. The rank was tuned on MovieLens-100K and on the universe.
RANK = 16
POWER_ITERATIONS = 8
COLUMNS = 3


def learnability(path: Path, seed: int) -> dict[str, object]:
    """Evaluates popularity and a factorisation on each user's last item.

    If several plays share a user's latest time, a random one is the last. Users who have played every item are skipped.

    Args:
        path: File of lines `user<TAB>item<TAB>time`, with users and items numbered from 0 without gaps.
        seed: Seed of all random numbers.

    Returns:
        The number of users, and the metrics of both models with intervals over users.

    Raises:
        TrainerError: If the seed is out of range, the file is invalid, or every user has played every item.
    """
    require_between("--seed", seed, 0, MAX_SEED)
    random = np.random.default_rng(seed)
    users, items = _plays(path, random)
    last = np.append(users[1:] != users[:-1], True)
    played = np.zeros((int(users.max()) + 1, int(items.max()) + 1), bool)
    played[users, items] = True
    known = played.copy()
    known[users[last], items[last]] = False
    tested, held_out = users[last], items[last]
    negatives = sample_columns(played[tested], NEGATIVES, random)
    enough = (negatives >= 0).any(1)
    if not enough.any():
        raise TrainerError(
            f"every user of {path} has played all {played.shape[1]} items",
            "each user's last play is ranked against items that the user never played, and there are none",
            "Give more items, or fewer plays per user",
        )
    tested = tested[enough]
    slates = np.concatenate([held_out[:, None], negatives], axis=1)[enough]
    matrix = known.astype(np.float32)
    return {
        "users": len(tested),
        "popularity": _quality(np.tile(matrix.sum(0), (len(tested), 1)), slates, random, seed),
        "factorisation": _quality(_pure_svd(matrix, seed)[tested], slates, random, seed),
    }


def _plays(path: Path, random: np.random.Generator) -> tuple[Ints, Ints]:
    """Returns the plays' users and items, (P,) each, sorted by user and time. A tie is in random order."""
    try:
        table = np.loadtxt(path, delimiter="\t", dtype=np.int64, ndmin=2)
    except (OSError, ValueError) as error:
        raise _unreadable(path, str(error)) from error
    if table.shape[1] != COLUMNS or len(table) == 0 or table[:, :2].min() < 0:
        raise _unreadable(path, f"it has {len(table)} lines of {table.shape[1]} columns, or numbers below 0")
    order = np.lexsort((random.random(len(table)), table[:, 2], table[:, 0]))
    return table[order, 0], table[order, 1]


def _unreadable(path: Path, why: str) -> TrainerError:
    return TrainerError(f"{path} cannot be read", why, "Give lines of user, item and time: integers separated by tabs")


def _pure_svd(known: Values, seed: int) -> Values:
    """Returns scores of all items by a truncated SVD of the plays, (U, I) → (U, I).

    Source: Cremonesi, Koren, Turrin 2010, "Performance of recommender algorithms on top-N recommendation tasks".
    """
    torch.manual_seed(seed)
    rank = min(RANK, *known.shape)
    left, values, right = torch.svd_lowrank(torch.from_numpy(known), q=rank, niter=POWER_ITERATIONS)
    scores: Values = ((left * values) @ right.T).numpy()
    return scores


def _quality(scores: Values, slates: Ints, random: np.random.Generator, seed: int) -> dict[str, dict[str, float]]:
    """Returns the metrics of a model's scores, (n, I).

    The first column of slates, (n, k), is the held-out item; -1 is padding.
    """
    of_slates: Doubles = np.where(slates >= 0, np.take_along_axis(scores, np.maximum(slates, 0), axis=1), -np.inf)
    hits = top_k(of_slates, K, random) == 0
    return summarise(per_user(hits, np.ones(len(slates), np.int64)), seed)
