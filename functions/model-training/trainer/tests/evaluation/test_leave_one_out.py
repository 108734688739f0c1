"""Leave-one-out evaluation."""

from dataclasses import replace

import numpy as np
import pytest

from agentbricks_trainer.data.run_data_classes import Run
from agentbricks_trainer.errors import TooFewPlaysError
from agentbricks_trainer.evaluation.leave_one_out import last_plays, leave_one_out, slate_metrics
from tests.support.build_plays_and_runs import plays_of
from tests.support.recording_report import Stages


def test_a_random_one_of_the_plays_at_the_last_time_is_held_out_and_no_single_play() -> None:
    random = np.random.default_rng(1)
    plays = plays_of((0, 1, 1), (0, 2, 2), (0, 3, 2), (0, 4, 2), (1, 1, 5))
    marks = np.array([last_plays(plays, random) for _ in range(3000)])
    assert (marks.sum(1) == 1).all()
    first, *latest, alone = marks.mean(0).tolist()
    assert (first, alone) == (0, 0)
    assert max(abs(share - 1 / 3) for share in latest) < 4 * np.sqrt(2 / 9 / 3000)


def test_padding_does_not_compete() -> None:
    slates = np.tile(np.array([1, 2, 3, 4, 5, 6, 7] + [0] * 93), (50, 1))
    scores = np.where(slates > 0, -1.0, 5.0)
    assert slate_metrics(scores, slates, np.random.default_rng(1))["hitRate@10"].mean() == 1


def test_the_relevant_title_is_in_the_first_column() -> None:
    slates = np.array([[9, 1, 2], [9, 1, 2]])
    found = slate_metrics(np.array([[3, 2, 1], [2, 3, 1]]), slates, np.random.default_rng(1))
    assert found["ndcg@10"].tolist() == pytest.approx([1, 1 / np.log2(3)])


def test_both_recommenders_are_measured_on_a_run(small_run: Run, stages: Stages) -> None:
    found = leave_one_out(small_run, 0, stages)
    assert found.keys() == {"candidate", "popular"}
    for metrics in found.values():
        assert metrics.keys() == {"hitRate@10", "ndcg@10", "recall@10"}
        assert all(0 <= one["low"] <= one["value"] <= one["high"] <= 1 for one in metrics.values())
    assert "ranker" in stages.names


def test_users_who_have_played_everything_cannot_be_tested(small_run: Run, stages: Stages) -> None:
    plays = plays_of((0, 1, 1), (0, 2, 2), (1, 1, 1), (1, 2, 3))
    run = replace(small_run, plays=plays, titles=["a", "b"])
    with pytest.raises(TooFewPlaysError, match="every user who has played twice has played all titles"):
        leave_one_out(run, 0, stages)
