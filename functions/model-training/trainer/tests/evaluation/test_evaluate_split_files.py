"""Evaluation on interaction files: ties, both protocols, new users."""

from itertools import pairwise, permutations
from pathlib import Path

import numpy as np
import pytest

from agentbricks_trainer.data.array_types import Doubles, Floats, Ints
from agentbricks_trainer.data.plays_as_columns import Plays
from agentbricks_trainer.data.read_train_test_and_negatives import Split, read_split
from agentbricks_trainer.evaluation.evaluate_split import evaluate_split
from agentbricks_trainer.models import popularity
from tests.support.build_plays_and_runs import plays_of
from tests.support.recording_report import Stages

SEEDS = 500
ITEMS = 6
USERS = 4
# Largest allowed deviation of a mean, in standard errors. The largest of 36 deviations is about 2.5 on average.
FAR = 4.5


class Table:
    """A model with given scores, (U, C + 1)."""

    def __init__(self, scores: Floats) -> None:
        self.table = scores

    def scores(self, users: Ints, items: Ints) -> Floats:
        return self.table[users][:, items] if items.ndim == 1 else np.take_along_axis(self.table[users], items, axis=1)


def expected(candidates: list[int], relevant: set[int], scores: Floats, k: int) -> Doubles:
    """Returns the mean hit rate, NDCG and recall over all orders of the candidates that agree with their scores."""
    ideal = sum(1 / np.log2(place + 2) for place in range(min(k, len(relevant))))
    found = []
    for order in permutations(candidates):
        if all(scores[one] >= scores[other] for one, other in pairwise(order)):
            gains = [1 / np.log2(place + 2) for place, item in enumerate(order[:k]) if item in relevant]
            found.append([len(gains) > 0, sum(gains) / ideal, len(gains) / len(relevant)])
    mean: Doubles = np.mean(found, axis=0)
    return mean


def random_split(random: np.random.Generator, slates: bool) -> Split:
    """Returns a split of a few items. Each user has played two, and one or two others are held out."""
    orders = np.array([random.permutation(ITEMS) + 1 for _ in range(USERS)])
    train = Plays(np.repeat(np.arange(USERS), 2), orders[:, :2].ravel(), np.tile(np.arange(2), USERS))
    users = np.repeat(np.arange(USERS), 1 if slates else 2)
    negatives = np.where(random.random((USERS, 3)) < 0.8, orders[:, 3:], 0) if slates else None
    return Split(train, users, (orders[:, 2:3] if slates else orders[:, 2:4]).ravel(), negatives, USERS, ITEMS)


def expected_of(split: Split, scores: Floats, k: int) -> Doubles:
    rows = []
    for user in range(USERS):
        relevant = set(split.test_items[split.test_users == user].tolist())
        known = set(split.train.titles[split.train.users == user].tolist())
        everything = set(range(1, ITEMS + 1))
        others = everything - known if split.negatives is None else set(split.negatives[user].tolist()) - {0}
        rows.append(expected(sorted(others | relevant), relevant, scores[user], k))
    mean: Doubles = np.mean(rows, axis=0)
    return mean


@pytest.mark.parametrize("slates", [True, False])
def test_ties_of_scores_count_as_the_mean_over_all_their_orders(slates: bool) -> None:
    random = np.random.default_rng(1)
    for trial in range(6):
        split, k = random_split(random, slates), 1 + (7 * trial) % 8  # from 1 to more than the number of items
        scores = random.integers(0, 3, (USERS, ITEMS + 1)).astype(np.float32)
        runs = [evaluate_split(split, Table(scores), k, np.random.default_rng(seed))[0] for seed in range(SEEDS)]
        means = np.array([[values.mean() for values in run.values()] for run in runs])
        error = np.maximum(means.std(axis=0) / SEEDS**0.5, 1e-9)
        assert (np.abs(means.mean(axis=0) - expected_of(split, scores, k)) / error).max() < FAR


@pytest.mark.parametrize(
    ("names", "reverse"),
    [("abcdef", False), ("fedcba", False), ("abcdef", True)],
    ids=["plain", "renamed", "reordered"],
)
def test_ties_do_not_depend_on_names_or_the_order_of_lines(tmp_path: Path, names: str, reverse: bool) -> None:
    train = [f"u{i}\t{item}\t1\t5\n" for i, item in enumerate(names)]
    test = [f"u{i}\t{names[(i + 1) % len(names)]}\t1\t9\n" for i in range(len(names))]
    for name, lines in (("train", train), ("test", test)):
        (tmp_path / name).write_text("".join(lines[::-1] if reverse else lines))
    split = read_split(tmp_path / "train", tmp_path / "test", None, 0, Stages())
    model = popularity.fit(split.train, split.items, 0, Stages())  # all items are equally popular
    rates = [evaluate_split(split, model, 1, np.random.default_rng(seed))[0]["hitRate@1"] for seed in range(SEEDS)]
    assert np.mean(rates) == pytest.approx(1 / 5, abs=5 * np.sqrt(0.16 / SEEDS / 6))


def test_shown_items_are_those_in_anybodys_first_k() -> None:
    train = plays_of((0, 1, 1), (1, 2, 1))
    scores = np.array([[0, 9, 3, 2, 1], [0, 9, 3, 2, 1]], np.float32)
    split = Split(train, np.array([0, 1]), np.array([3, 3]), None, 2, 4)
    metrics, shown = evaluate_split(split, Table(scores), 2, np.random.default_rng(1))
    assert shown.tolist() == [1, 2, 3]
    assert metrics["ndcg@2"].tolist() == pytest.approx([1 / np.log2(3), 1 / np.log2(3)])
    _, everything = evaluate_split(split, Table(scores), 9, np.random.default_rng(1))
    assert everything.tolist() == [1, 2, 3, 4]
    slates = Split(train, np.array([0]), np.array([3]), np.array([[4, 0]]), 2, 4)
    assert evaluate_split(slates, Table(scores), 2, np.random.default_rng(1))[1].tolist() == [3, 4]


def test_a_user_with_several_lines_has_the_mean_of_their_metrics() -> None:
    split = Split(
        plays_of((0, 5, 1), (1, 5, 1)), np.array([0, 0, 1]), np.array([1, 2, 3]), np.array([[4], [4], [4]]), 2, 5
    )
    scores = np.tile(np.array([[0, 9, 1, 1, 5, 0]], np.float32), (2, 1))
    metrics, _ = evaluate_split(split, Table(scores), 1, np.random.default_rng(1))
    assert metrics["hitRate@1"].tolist() == [0.5, 0]


def test_a_new_user_is_ranked_by_popularity() -> None:
    train = plays_of((0, 1, 1), (0, 2, 2), (1, 2, 1))
    scores = np.full((3, 4), 7, np.float32)
    scores[:, 3] = 9
    split = Split(train, np.array([2, 0]), np.array([2, 3]), None, 3, 3)
    metrics, _ = evaluate_split(split, Table(scores), 1, np.random.default_rng(1))
    assert metrics["hitRate@1"].tolist() == [1, 1]  # user 0 by the model, user 2 by the number of plays
    only_new = Split(train, np.array([2]), np.array([3]), np.array([[1, 2]]), 3, 3)
    assert evaluate_split(only_new, Table(scores), 2, np.random.default_rng(1))[0]["hitRate@2"].tolist() == [0]
