"""Compares mean metrics over many seeds, where scores or times are tied, with their expectation. ties.py FOLDER"""

import json
import sys
from itertools import permutations
from pathlib import Path

import numpy as np

from agentbricks_trainer.evaluation import learnability, metrics
from agentbricks_trainer.evaluation.compare import ranked
from agentbricks_trainer.data.run import Plays
from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.data.interaction_files import Split, read_plays, read_split
from agentbricks_trainer.models import popularity

SEEDS = 500
ITEMS = 6
DIFFERENCES = ([0.5], [0.0], [0.5, 0.5], [0.1 + 0.2, 0.3], [0.0, 0.0], [0.5, 0.1, 0.2])
USERS = 4


class Table:
    """A model with given scores (U, C + 1)."""

    def __init__(self, scores: np.ndarray) -> None:
        self.table = scores

    def scores(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        return self.table[users][:, items] if items.ndim == 1 else np.take_along_axis(self.table[users], items, axis=1)


def expected(candidates: list[int], relevant: set[int], scores: np.ndarray, k: int) -> np.ndarray:
    """Mean of hit rate, NDCG and recall over all orders of the candidates that agree with their scores (C + 1,)."""
    ideal = sum(1 / np.log2(place + 2) for place in range(min(k, len(relevant))))
    found = []
    for order in permutations(candidates):
        if all(scores[one] >= scores[other] for one, other in zip(order, order[1:])):
            gains = [1 / np.log2(place + 2) for place, item in enumerate(order[:k]) if item in relevant]
            found.append([len(gains) > 0, sum(gains) / ideal, len(gains) / len(relevant)])
    return np.mean(found, axis=0)


def random_split(random: np.random.Generator, slates: bool) -> Split:
    """A few items of which each user has played two; one or two others are held out."""
    orders = np.array([random.permutation(ITEMS) + 1 for _ in range(USERS)])
    train = Plays(np.repeat(np.arange(USERS), 2), orders[:, :2].ravel(), np.tile(np.arange(2), USERS))
    users = np.repeat(np.arange(USERS), 1 if slates else 2)
    negatives = np.where(random.random((USERS, 3)) < 0.8, orders[:, 3:], 0) if slates else None
    return Split(train, users, (orders[:, 2:3] if slates else orders[:, 2:4]).ravel(), negatives, USERS, ITEMS)


def expected_of(split: Split, scores: np.ndarray, k: int) -> np.ndarray:
    rows = []
    for user in range(USERS):
        relevant = set(split.test_items[split.test_users == user].tolist())
        known = set(split.train.titles[split.train.users == user].tolist())
        others = set(range(1, ITEMS + 1)) - known if split.negatives is None else set(split.negatives[user].tolist()) - {0}
        rows.append(expected(sorted(others | relevant), relevant, scores[user], k))
    return np.mean(rows, axis=0)


def deviations() -> list[float]:
    """Distance of the mean over seeds from the expectation, in standard errors; of random splits and both protocols."""
    random = np.random.default_rng(1)
    found = []
    for trial in range(12):
        split, k = random_split(random, slates=trial % 2 == 0), 1 + trial % 8
        scores = random.integers(0, 3, (USERS, ITEMS + 1)).astype(np.float32)
        runs = [ranked(split, Table(scores), k, np.random.default_rng(seed))[0] for seed in range(SEEDS)]
        means = np.array([[values.mean() for values in run.values()] for run in runs])
        error = means.std(axis=0) / SEEDS**0.5
        found += (np.abs(means.mean(axis=0) - expected_of(split, scores, k)) / np.maximum(error, 1e-9)).tolist()
    return found


def hit_rates(folder: Path) -> dict[str, float]:
    """Mean hit rate at 1 of popularity, where all items are equally popular, with other names and another line order."""
    names = {"as they are": "abcdef", "renamed": "fedcba", "reordered": "abcdef"}
    found = {}
    for label, items in names.items():
        train = [f"u{i}\t{item}\t1\t5\n" for i, item in enumerate(items)]
        test = [f"u{i}\t{items[(i + 1) % len(items)]}\t1\t9\n" for i in range(len(items))]
        for name, lines in (("train", train), ("test", test)):
            (folder / f"{name}.tsv").write_text("".join(lines[::-1] if label == "reordered" else lines))
        values = []
        for seed in range(SEEDS):
            split = read_split(folder / "train.tsv", folder / "test.tsv", None, seed, lambda *_, **__: None)
            model = popularity.fit(split.train, split.items, seed, lambda *_, **__: None)
            values.append(ranked(split, model, 1, np.random.default_rng(seed))[0]["hitRate@1"].mean())
        found[label] = float(np.mean(values))
    return found


def last_plays(folder: Path) -> dict[str, float]:
    """Share of the seeds in which each of three items at the same time is the last play."""
    (folder / "one.tsv").write_text("u\ta\t1\t5\nu\tb\t1\t5\nu\tc\t1\t5\nu\td\t1\t4.9\n")
    last = [read_plays(folder / "one.tsv", seed, lambda *_, **__: None)[0].titles[-1] for seed in range(SEEDS)]
    return {name: float(np.mean(np.array(last) == i + 1)) for i, name in enumerate("abcd")}


def few_titles(folder: Path) -> dict:
    """Learnability where users have played 8 of 12 items, and where one more user, or every user, has played all of them."""
    of_some = [(user, (user + i) % 12, i) for user in range(20) for i in range(8)]
    of_all = [(20, item, item) for item in range(12)]
    found = {}
    files = {"some": of_some, "all but one": of_some + of_all, "everything": [(0, *play[1:]) for play in of_all]}
    for name, plays in files.items():
        (folder / "plays.tsv").write_text("".join(f"{user}\t{item}\t{time}\n" for user, item, time in plays))
        try:
            result = learnability.learnability(folder / "plays.tsv", 0)
            found[name] = [result["users"], result["popularity"]["hitRate@10"]["value"]]
        except TrainerError as error:
            found[name] = error.explanation["why"]
    return found


folder = Path(sys.argv[1])
print(
    json.dumps(
        {
            "deviations": deviations(),
            "hitRates": hit_rates(folder),
            "lastPlays": last_plays(folder),
            "fewTitles": few_titles(folder),
            "p": [metrics.p_of(np.array(of)) for of in DIFFERENCES],
        }
    )
)
