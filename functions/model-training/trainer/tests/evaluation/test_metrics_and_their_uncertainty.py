"""Ranking metrics and their uncertainty."""

from itertools import permutations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import ndcg_score

from agentbricks_trainer.evaluation.metrics.bootstrap import bootstrap_interval, lower_bound, summarise
from agentbricks_trainer.evaluation.metrics.expected_ranks import expected_ranks
from agentbricks_trainer.evaluation.metrics.paired_t_test import paired_t_test
from agentbricks_trainer.evaluation.metrics.per_user import per_user
from agentbricks_trainer.evaluation.metrics.select_top_k_items import top_k


def test_metrics_of_a_ranking_by_hand() -> None:
    hits = np.array([[False, True, False], [True, False, True], [False, False, False]])
    found = per_user(hits, np.array([1, 5, 2]), 3)
    ideal = 1 + 1 / np.log2(3) + 1 / np.log2(4)
    assert found["hitRate@3"].tolist() == [1, 1, 0]
    assert found["ndcg@3"].tolist() == pytest.approx([1 / np.log2(3), (1 + 1 / np.log2(4)) / ideal, 0])
    assert found["recall@3"].tolist() == [1, 0.4, 0]


def test_ndcg_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(1)
    wanted = random.random((200, 30)) < 0.2
    wanted[~wanted.any(1), 0] = True
    scores = random.random((200, 30))
    hits = np.take_along_axis(wanted, np.argsort(-scores, axis=1)[:, :10], axis=1)
    ours = per_user(hits, wanted.sum(1))["ndcg@10"].mean()
    assert ours == pytest.approx(ndcg_score(wanted.astype(float), scores, k=10), abs=1e-12)


def test_fewer_items_than_k_are_all_that_can_hit() -> None:
    found = per_user(np.array([[True, True]]), np.array([2]), 10)
    assert [values[0] for values in found.values()] == [1, 1, 1]


def test_top_k_is_in_order_of_the_scores() -> None:
    scores = np.array([[0.5, -1, 3, 2], [-np.inf, 0, -2, -3]])
    assert top_k(scores, 2, np.random.default_rng(1)).tolist() == [[2, 3], [1, 2]]
    assert top_k(scores, 9, np.random.default_rng(1)).tolist() == [[2, 3, 0, 1], [1, 2, 3, 0]]


def test_ties_are_in_every_order_equally_often() -> None:
    scores = np.tile(np.array([[1.0, 2.0, 1.0, 1.0, -0.0]]), (6000, 1))
    scores[::2, 4] = 0.0  # equals -0
    found = top_k(scores, 3, np.random.default_rng(1))
    assert (found[:, 0] == 1).all()
    orders = {
        order: ((found[:, 1] == order[0]) & (found[:, 2] == order[1])).mean() for order in permutations((0, 2, 3), 2)
    }
    assert sum(orders.values()) == pytest.approx(1)
    assert max(abs(share - 1 / 6) for share in orders.values()) < 4 * np.sqrt(5 / 36 / 6000)


def test_expected_ranks_are_means_over_all_orders_of_the_ties() -> None:
    random = np.random.default_rng(1)
    for _ in range(300):
        scores, title = random.integers(0, 3, 8).astype(float), 3
        pool = random.random(8) < 0.8
        pool[title] = False
        others = scores[pool]
        above, ties = int((others > scores[title]).sum()), int((others == scores[title]).sum())
        ranks = np.arange(above + 1, above + ties + 2)
        percentile, log_rank = expected_ranks(scores, pool, title)
        assert percentile == pytest.approx(1 - (ranks.mean() - 1) / max(1, len(others)), abs=1e-12)
        assert log_rank == pytest.approx(-np.log(ranks).mean(), abs=1e-12)


def test_the_interval_is_about_two_standard_errors_wide() -> None:
    values = np.random.default_rng(1).standard_normal(400)
    found = bootstrap_interval(values, 1)
    error = values.std() / 20
    assert found["value"] == pytest.approx(values.mean())
    assert found["low"] == pytest.approx(values.mean() - 1.96 * error, abs=0.3 * error)
    assert found["high"] == pytest.approx(values.mean() + 1.96 * error, abs=0.3 * error)
    assert bootstrap_interval(values, 1) == found
    assert bootstrap_interval(values, 2) != found


def test_the_lower_bound_is_1_645_standard_errors_below_the_mean() -> None:
    values = np.random.default_rng(1).standard_normal(400)
    error = values.std() / 20
    found = lower_bound(values, 1)
    assert found == pytest.approx(values.mean() - 1.645 * error, abs=0.3 * error)
    assert found > bootstrap_interval(values, 1)["low"]


def test_the_mean_is_above_the_lower_bound_in_about_19_of_20_samples() -> None:
    random = np.random.default_rng(2)
    above = [lower_bound(random.standard_normal(60), seed) < 0 for seed in range(150)]
    assert 0.89 <= np.mean(above) <= 0.99


def test_the_interval_contains_the_mean_in_about_19_of_20_samples() -> None:
    random = np.random.default_rng(1)
    intervals = [bootstrap_interval(random.exponential(1, 60), seed) for seed in range(150)]
    share = np.mean([one["low"] <= 1 <= one["high"] for one in intervals])
    assert 0.87 <= share <= 0.99


def test_a_summary_has_each_metric() -> None:
    found = summarise({"a": np.array([1.0, 1.0]), "b": np.array([0.0, 0.0])}, 1)
    assert found == {"a": {"value": 1, "low": 1, "high": 1}, "b": {"value": 0, "low": 0, "high": 0}}


@pytest.mark.parametrize(
    ("difference", "p"),
    [([0.5], None), ([0.0], None), ([0.5, 0.5], None), ([0.1 + 0.2, 0.3], None), ([0.0, 0.0], 1)],
)
def test_a_t_test_is_undefined_for_one_user_or_a_constant_difference(difference: list[float], p: float | None) -> None:
    assert paired_t_test(np.array(difference)) == p


def test_a_t_test_is_that_of_scipy() -> None:
    random = np.random.default_rng(1)
    one, other = random.random(30), random.random(30)
    assert paired_t_test(one - other) == pytest.approx(stats.ttest_rel(one, other).pvalue)
