"""Evaluates a model on a split of interaction files."""

import numpy as np

from agentbricks_trainer.data.array_types import Doubles, Floats, Ints, Values
from agentbricks_trainer.data.read_train_test_and_negatives import Split
from agentbricks_trainer.models import Recommender

from .metrics.per_user import per_user
from .metrics.select_top_k_items import top_k

# Number of users, or of lines of negatives, per batch of scoring.
CHUNK = 512


class WithNewUsers:
    """Scores items by popularity for new users, who have no play in the training file, and by a model for others."""

    def __init__(self, model: Recommender, split: Split) -> None:
        self.model = model
        self.known = np.zeros(split.users, bool)
        self.known[split.train.users] = True
        self.counts = np.bincount(split.train.titles, minlength=split.items + 1).astype(np.float32)

    def scores(self, users: Ints, items: Ints) -> Floats:
        """Returns the model's scores, (n, k). New users get the items' play counts. See Recommender."""
        scores = np.broadcast_to(self.counts[items], (len(users), items.shape[-1])).astype(np.float32)
        known = self.known[users]
        if known.any():
            scores[known] = self.model.scores(users[known], items if items.ndim == 1 else items[known])
        return scores


def evaluate_split(
    split: Split, model: Recommender, k: int, random: np.random.Generator
) -> tuple[dict[str, Doubles], Ints]:
    """Ranks items for each user of the test file. Tied items are in random order.

    Args:
        split: Test plays, and negatives if there are any.
        model: Model that was trained on the split's training file.
        k: Cutoff of the metrics.
        random: Random generator that orders tied items.

    Returns:
        Metric → values, (users,), and the numbers of all items that are in the top k of at least one user.
    """
    of_all = WithNewUsers(model, split)
    if split.negatives is None:
        return _rank_catalogue(split, of_all, k, random)
    return _rank_negatives(split, split.negatives, of_all, k, random)


def _rank_negatives(
    split: Split, negatives: Ints, model: Recommender, k: int, random: np.random.Generator
) -> tuple[dict[str, Doubles], Ints]:
    """Ranks each held-out item among its negatives. A user with several items gets the mean of their metrics."""
    slates = np.concatenate([split.test_items[:, None], negatives], axis=1)
    hits, shown = [], []
    for rows in _chunks(len(slates)):
        scores = np.where(slates[rows] > 0, model.scores(split.test_users[rows], slates[rows]), -np.inf)
        best = top_k(scores, k, random)
        hits.append(best == 0)
        shown.append(np.unique(np.take_along_axis(slates[rows], best, axis=1)))
    per_line = per_user(np.concatenate(hits), np.ones(len(slates), np.int64), k)
    _, owner = np.unique(split.test_users, return_inverse=True)
    lines = np.bincount(owner)
    items = np.unique(np.concatenate(shown))
    return {name: np.bincount(owner, values) / lines for name, values in per_line.items()}, items[items > 0]


def _rank_catalogue(
    split: Split, model: Recommender, k: int, random: np.random.Generator
) -> tuple[dict[str, Doubles], Ints]:
    """Ranks all items that the user has not played in the training file. All held-out items of a user are relevant."""
    users = np.unique(split.test_users)
    everything = np.arange(1, split.items + 1)
    hits, shown = [], []
    for chunk in _chunks(len(users)):
        mine = users[chunk]
        scores = model.scores(mine, everything).copy()
        _set_at(scores, mine, split.train.users, split.train.titles, -np.inf)
        wanted = np.zeros(scores.shape, bool)
        _set_at(wanted, mine, split.test_users, split.test_items, True)
        best = top_k(scores, k, random)
        offered = np.isfinite(np.take_along_axis(scores, best, axis=1))
        hits.append(np.take_along_axis(wanted, best, axis=1) & offered)
        shown.append(np.unique(best[offered]) + 1)
    relevant = np.unique(np.stack([split.test_users, split.test_items]), axis=1)[0]
    of_users = per_user(np.concatenate(hits), np.unique(relevant, return_counts=True)[1], k)
    return of_users, np.unique(np.concatenate(shown))


def _chunks(rows: int) -> list[Ints]:
    return np.array_split(np.arange(rows), -(-rows // CHUNK))


def _set_at(matrix: Values, rows: Ints, users: Ints, items: Ints, value: float | bool) -> None:
    """Sets matrix[i, item - 1] to the value for each item of user rows[i]. `rows` must be sorted."""
    of_rows = np.isin(users, rows)
    matrix[np.searchsorted(rows, users[of_rows]), items[of_rows] - 1] = value
