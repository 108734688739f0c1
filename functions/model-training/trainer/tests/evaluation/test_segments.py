"""Metrics per segment."""

from typing import Any, cast

import numpy as np
import pytest

from agentbricks_trainer.data.run_data_classes import Run
from agentbricks_trainer.evaluation import measure_segments as subject
from agentbricks_trainer.evaluation.candidate_and_popularity_scorers import CANDIDATE, POPULAR, popular_scorer
from agentbricks_trainer.evaluation.evaluate_run import evaluate_run
from agentbricks_trainer.evaluation.measure_segments import segments
from tests.evaluation.test_rank_metrics_and_scorers import same_for_all
from tests.support.build_plays_and_runs import plays_of, run_of


def found_in(run: Run) -> dict[tuple[str, str], dict[str, Any]]:
    scorers = {CANDIDATE: same_for_all(list(range(len(run.titles) + 1))), POPULAR: popular_scorer(run)}
    parts = segments(run, evaluate_run(run, scorers, 1), scorers, 1)
    return {(str(part["kind"]), str(part["name"])): cast("dict[str, Any]", part) for part in parts}


def test_users_and_countries_divide_everybody(small_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "NEW_UP_TO", 4)
    monkeypatch.setattr(subject, "LEAST_USERS", 16)
    parts = found_in(small_run)
    scorers = {CANDIDATE: same_for_all(list(range(41)))}
    overall = evaluate_run(small_run, scorers, 1).by_protocol["globalTime"][CANDIDATE]["ndcg@10"].mean()
    for kind in ("users", "country"):
        of_kind = [part for (of, _), part in parts.items() if of == kind]
        users = sum(part["users"] for part in of_kind)
        total = sum(part["users"] * part["metrics"][CANDIDATE]["ndcg@10"]["value"] for part in of_kind)
        assert (users, total / users) == (60, pytest.approx(overall))
    # 15 users have no country, 15 are in SE, and 30 are in IN.
    assert {name: part["users"] for (kind, name), part in parts.items() if kind == "country"} == {"IN": 30, "other": 30}


def test_new_users_have_few_plays_before_the_split() -> None:
    plays = plays_of(*((0, title, title) for title in range(1, 8)), (0, 9, 20), (1, 1, 1), (1, 9, 20))
    parts = found_in(run_of(plays, users=2, titles=9, split_at=10))
    assert (parts["users", "new"]["users"], parts["users", "old"]["users"]) == (1, 1)
    assert parts["country", "other"]["users"] == 2


def test_popular_titles_have_four_fifths_of_the_plays() -> None:
    # The titles have 7, 2 and 1 of 10 plays, so the first two have more than four fifths.
    rows = [(user, 1, 1) for user in range(7)] + [(user, 2, 2) for user in range(2)] + [(0, 3, 3)]
    popular = subject._popular_titles(plays_of(*rows), 4)
    assert popular.tolist() == [False, True, True, False, False]


def test_a_segment_of_titles_counts_only_its_plays() -> None:
    rows = [(user, 1, 1) for user in range(8)] + [(8, 2, 1), (9, 2, 1)]
    later = [(8, 1, 20), (0, 2, 20), (1, 2, 20)]
    parts = found_in(run_of(plays_of(*rows, *later), users=10, titles=3, split_at=10))
    assert (parts["titles", "popular"]["users"], parts["titles", "rare"]["users"]) == (1, 2)
    # Title 3 has the highest score, so title 1 ranks second for user 8.
    assert parts["titles", "popular"]["metrics"][CANDIDATE]["ndcg@10"]["value"] == pytest.approx(1 / np.log2(3))


def test_without_recommenders_there_are_no_segments(small_run: Run) -> None:
    assert segments(small_run, evaluate_run(small_run, {CANDIDATE: popular_scorer(small_run)}, 1), {}, 1) == []
