"""The gate's evidence: the candidate's lead, and when the test cannot decide."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agentbricks_trainer.evaluation.candidate_and_popularity_scorers import CANDIDATE, POPULAR
from agentbricks_trainer.evaluation.evaluate_run import LOG_RANK, Evaluation, evaluate_run
from agentbricks_trainer.evaluation.gate.compare_with_incumbent import (
    CHAMPION,
    evidence,
    lead_over,
    not_comparable,
    users_of,
)
from agentbricks_trainer.evaluation.gate.compare_with_simpler_models import simpler_models
from agentbricks_trainer.evaluation.gate.load_champion_scorer import Champion
from tests.evaluation.test_rank_metrics_and_scorers import same_for_all
from tests.support.build_plays_and_runs import NO_INTS, plays_of, run_of, unchosen


def champion_of(as_of: int) -> Champion:
    return Champion("v", as_of, same_for_all([0]))


def evaluation_of(users: int) -> Evaluation:
    """The candidate leads popularity by 0.5, item-knn by 0.75 and the champion by 0.25."""
    means = {CANDIDATE: 0.75, POPULAR: 0.25, CHAMPION: 0.5, "item-knn": 0.0}
    values = {who: {LOG_RANK: np.full(users, mean)} for who, mean in means.items()}
    return Evaluation({"unchosen": values} if users else {}, users, NO_INTS)


def lead(value: float) -> dict[str, Any]:
    difference = {"value": value, "low": value, "high": value}
    return {"metric": "unchosen/logRank", "difference": difference, "lowerBound": value}


def test_the_incumbent_is_popularity_or_the_champion() -> None:
    assert evidence(evaluation_of(30), None, None, 1) == {"incumbent": "popular", **lead(0.5)}
    assert evidence(evaluation_of(30), champion_of(1), None, 1) == {"incumbent": "v", **lead(0.25)}


@pytest.mark.parametrize("users", [29, 0])
def test_too_few_users_cannot_decide(users: int) -> None:
    found = evidence(evaluation_of(users), None, None, 1)
    assert found.keys() == {"incumbent", "undecided"}
    assert found["undecided"].startswith(f"only {users} users who were known before the test have a play in it")
    assert users_of(evaluation_of(users)) == users


def test_a_reason_given_is_passed_on() -> None:
    assert evidence(evaluation_of(30), None, "too little", 1) == {"incumbent": "popular", "undecided": "too little"}


@pytest.mark.parametrize(
    ("as_of", "why"),
    [
        (3, None),
        (4, None),
        (5, "the candidate has learned from no play that the champion did not know"),
        (6, "too little was played since the champion's data ended"),
    ],
)
def test_a_champion_is_compared_on_plays_that_it_has_not_learned_from(as_of: int, why: str | None) -> None:
    run = run_of(plays_of((0, 1, 1), (0, 2, 4)), users=1, titles=2, split_at=5)
    found = not_comparable(run, champion_of(as_of))
    assert (found is None) == (why is None)
    assert why is None or (found is not None and found.startswith(why) and "1970-01-01T00:00:00+00:00" in found)


def test_rounding_is_no_lead() -> None:
    values = {CANDIDATE: {LOG_RANK: np.full(40, 0.3)}, POPULAR: {LOG_RANK: np.full(40, 0.1 + 0.2)}}
    found = lead_over(Evaluation({"unchosen": values}, 40, NO_INTS), POPULAR, 1)
    assert found["difference"] == {"value": 0, "low": 0, "high": 0}


def test_plays_after_a_recommended_one_are_no_evidence() -> None:
    """A recommended play at time 10 excludes the explored play at time 20; one at time 30 does not."""
    users = range(40)
    found = {}
    for played_at in (10, 30):
        rows = [play for user in users for play in ((user, 3, 1), (user, 1, played_at), (user, 2, 20))]
        run = run_of(plays_of(*rows), users=40, titles=3, split_at=5)
        explored = unchosen(*((user, 2, 20, []) for user in users))
        run = replace(run, explored=explored, recommended=run.plays.where(run.plays.titles < 3))
        scorers = {CANDIDATE: same_for_all([0, 1, 2, 0]), POPULAR: same_for_all([0, 2, 1, 0])}
        found[played_at] = evidence(evaluate_run(run, scorers, 1), None, None, 1)
    assert "undecided" in found[10]
    assert found[30]["difference"]["low"] == pytest.approx(np.log(2))


def test_the_lead_over_simpler_models_is_reported() -> None:
    assert simpler_models(evaluation_of(30), 1) == [
        {"model": "popular", **lead(0.5)},
        {"model": "item-knn", **lead(0.75)},
    ]
    assert simpler_models(evaluation_of(29), 1) == []
