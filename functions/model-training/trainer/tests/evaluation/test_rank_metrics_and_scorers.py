"""Evaluation of recommenders on a run."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from agentbricks_trainer.data.array_types import Ints, Values
from agentbricks_trainer.data.run_data_classes import Run
from agentbricks_trainer.evaluation import candidate_and_popularity_scorers as subject
from agentbricks_trainer.evaluation.candidate_and_popularity_scorers import (
    CANDIDATE,
    POPULAR,
    Scorer,
    candidate_scorer,
    popular_scorer,
)
from agentbricks_trainer.evaluation.evaluate_run import LOG_RANK, PERCENTILE, evaluate_run, rank_metrics
from agentbricks_trainer.evaluation.held_out import held_out
from agentbricks_trainer.models.two_stage import Fitted
from agentbricks_trainer.models.two_tower.cut_plays_into_windows import HISTORY_LENGTH
from tests.support.build_plays_and_runs import plays_of, run_of, unchosen


def same_for_all(scores: list[float]) -> Scorer:
    """Returns a recommender that gives every user the same scores."""

    def score(of_all: Values, users: Ints, _: Ints) -> Values:
        return np.tile(of_all, (len(users), 1))

    return partial(score, np.array(scores, float))


def test_rankings_skip_known_plays_and_unknown_titles() -> None:
    plays = plays_of((0, 1, 1), (0, 2, 6), (0, 3, 7), (1, 2, 2), (1, 5, 8))
    run = run_of(plays, users=2, titles=5, split_at=5)
    run.at_split.title_known[4] = False
    scorer = same_for_all([99, 50, 40, 3, 60, 20])  # titles from best to worst: 4, 1, 2, 5, 3
    before, after = held_out(run)
    found = rank_metrics(run, scorer, before, after, 1)
    # User 0 has played title 1, so the ranking is 2, 5, 3. User 1 has played title 2, so the ranking is 1, 5, 3.
    ideal = 1 + 1 / np.log2(3)
    assert found["ndcg@10"].tolist() == pytest.approx([(1 + 1 / np.log2(4)) / ideal, 1 / np.log2(3)])
    assert found["recall@10"].tolist() == [1, 1]


def test_users_are_scored_in_chunks_with_the_same_result(monkeypatch: pytest.MonkeyPatch, small_run: Run) -> None:
    scorers = {CANDIDATE: same_for_all(list(range(41))), POPULAR: popular_scorer(small_run)}
    whole = evaluate_run(small_run, scorers, 1)
    monkeypatch.setattr("agentbricks_trainer.evaluation.evaluate_run.CHUNK_USERS", 7)
    parts = evaluate_run(small_run, scorers, 1)
    assert whole.by_protocol.keys() == {"globalTime", "unchosen"}
    for protocol, by_recommender in whole.by_protocol.items():
        for metric, values in by_recommender[CANDIDATE].items():
            assert np.array_equal(values, parts.by_protocol[protocol][CANDIDATE][metric])
    assert whole.summary(1)["globalTime"][CANDIDATE]["ndcg@10"]["low"] >= 0


def test_unchosen_plays_rank_among_titles_outside_the_slate() -> None:
    plays = plays_of((0, 1, 1), (0, 3, 6))
    run = run_of(plays, users=1, titles=5, split_at=5)
    run = replace(run, explored=unchosen((0, 3, 6, [3, 5])))
    found = evaluate_run(run, {CANDIDATE: same_for_all([0, 9, 8, 4, 2, 7])}, 1).by_protocol["explored"][CANDIDATE]
    # Title 1 was played, and title 5 was in the slate. Title 3 ranks second among titles 2, 3 and 4.
    assert found[PERCENTILE].tolist() == [0.5]
    assert found[LOG_RANK].tolist() == pytest.approx([-np.log(2)])


def test_a_users_unchosen_plays_are_averaged() -> None:
    plays = plays_of((0, 1, 1), (0, 2, 6), (0, 4, 7), (1, 1, 1), (1, 2, 7))
    run = run_of(plays, users=2, titles=4, split_at=5)
    organic = unchosen((0, 2, 6, []), (0, 4, 7, []), (1, 2, 7, []))
    found = evaluate_run(replace(run, organic=organic), {CANDIDATE: same_for_all([0, 9, 8, 7, 6])}, 1)
    # For user 0, titles 2, 3 and 4 have ranks 1, 2 and 3.
    assert found.by_protocol["unchosen"][CANDIDATE][LOG_RANK].tolist() == pytest.approx([-np.log(3) / 2, 0])
    assert "explored" not in found.by_protocol


@pytest.mark.parametrize(("played_at", "counts"), [(10, False), (30, True)])
def test_a_play_after_a_recommended_one_does_not_count(played_at: int, counts: bool) -> None:
    plays = plays_of((0, 3, 1), (0, 1, played_at), (0, 2, 20))
    run = run_of(plays, users=1, titles=3, split_at=5)
    run = replace(run, explored=unchosen((0, 2, 20, [])), recommended=plays_of((0, 1, played_at), (0, 2, 20)))
    found = evaluate_run(run, {CANDIDATE: same_for_all([0, 1, 2, 0])}, 1)
    assert ("unchosen" in found.by_protocol) == counts


def test_the_popular_scorer_counts_plays_until_the_split(small_run: Run) -> None:
    scores = popular_scorer(small_run)(np.arange(2), np.zeros((2, 1), np.int64))
    assert np.array_equal(scores, np.tile(small_run.at_split.titles[:, 1], (2, 1)))


def test_the_candidate_retrieves_by_the_towers_and_ranks_by_the_ranker(
    monkeypatch: pytest.MonkeyPatch, fitted: Fitted, small_run: Run
) -> None:
    monkeypatch.setattr(subject, "RETRIEVED", 5)
    small_run.at_split.title_known[7] = False
    try:
        users = np.array([0, 3])
        history = small_run.plays.history(users, np.full(2, small_run.split_at), HISTORY_LENGTH)
        scores = candidate_scorer(small_run, fitted)(users, history)
        with torch.no_grad():
            vectors = fitted.towers.titles()
            user = fitted.towers.user(torch.from_numpy(history), vectors)
            near = (user @ vectors.T).numpy()
            features = torch.from_numpy(small_run.at_split.features(users, small_run.affinity(users)))
            ranked = fitted.ranker(user[:, None], vectors[None], features).numpy()
    finally:
        small_run.at_split.title_known[7] = True
    for n in range(2):
        open_titles = [title for title in range(1, 41) if title != 7 and title not in history[n]]
        retrieved = sorted(open_titles, key=lambda title: -near[n, title])[:5]
        best = sorted(retrieved, key=lambda title: -ranked[n, title])
        rest = sorted(set(open_titles) - set(retrieved), key=lambda title: -near[n, title])
        expected = best + rest
        found = np.argsort(-scores[n], kind="stable")[: len(expected)].tolist()
        assert found[:5] == best
        assert set(found) == set(expected)
        assert np.isneginf(scores[n, [0, 7, *history[n][history[n] > 0]]]).all()
