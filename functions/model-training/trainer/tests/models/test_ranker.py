"""The ranker: its score and its training."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from agentbricks_trainer.data.array_types import Floats
from agentbricks_trainer.data.plays_as_columns import Plays
from agentbricks_trainer.data.run_data_classes import Rows, Run
from agentbricks_trainer.errors import TooFewPlaysError
from agentbricks_trainer.models.ranker import Ranker, deviation_of, fit_ranker
from agentbricks_trainer.models.two_stage import fit
from agentbricks_trainer.models.two_tower.cut_plays_into_windows import HISTORY_LENGTH
from agentbricks_trainer.models.two_tower.two_tower import DIMENSIONS, TwoTower
from tests.support.build_plays_and_runs import groups_of_plays
from tests.support.recording_report import Stages

FEATURES = 8


def rows_of(users: int, moment: int, random: np.random.Generator) -> Rows:
    """Returns rows in which a title is played if and only if its first feature is large."""
    user = np.repeat(np.arange(users), 6)
    features = random.random((len(user), FEATURES)).astype(np.float32)
    labels = (features[:, 0] > 0.5).astype(np.float32)
    titles = random.integers(1, 25, len(user))
    return Rows(user, titles, np.full(len(user), moment), labels, np.ones(len(user), np.float32), features)


def scores_of(towers: TwoTower, ranker: Ranker, plays: Plays, rows: Rows) -> Floats:
    with torch.no_grad():
        vectors = towers.eval().titles()
        history = torch.from_numpy(plays.history(rows.users, rows.times, HISTORY_LENGTH))
        user = towers.user(history, vectors)
        scores: Floats = ranker(user, vectors[torch.from_numpy(rows.titles)], torch.from_numpy(rows.features)).numpy()
    return scores


def test_the_score_is_that_of_the_towers_and_a_correction() -> None:
    torch.manual_seed(1)
    ranker = Ranker(torch.full((FEATURES,), 0.5), torch.full((FEATURES,), 2.0), DIMENSIONS)
    user, title, features = torch.randn(3, DIMENSIONS), torch.randn(3, DIMENSIONS), torch.randn(3, FEATURES)
    known = (features.clamp(min=0).log1p() - 0.5) / 2
    correction = ranker.correct(torch.cat([user * title, known], dim=1)).squeeze(1)
    expected = ranker.scale * (user * title).sum(1) + correction
    assert torch.allclose(ranker(user, title, features), expected, atol=1e-6)
    assert ranker(user[:, None], title[None], features[None].expand(3, 3, FEATURES)).shape == (3, 3)


def test_a_feature_is_not_divided_by_a_deviation_of_nearly_nothing() -> None:
    varied, constant = deviation_of(torch.tensor([[1.0, 9.9], [2.0, 9.9], [4.0, 9.9001]])).tolist()
    assert varied == pytest.approx(np.sqrt(14 / 9), abs=1e-5)
    assert constant == 1


def test_it_learns_which_titles_of_a_slate_are_played(stages: Stages) -> None:
    plays, titles = groups_of_plays()
    torch.manual_seed(1)
    towers = TwoTower(torch.zeros(titles + 1, 1))
    rows = rows_of(24, 99, np.random.default_rng(1))
    ranker = fit_ranker(towers, plays, rows, stages).eval()
    scores = scores_of(towers, ranker, plays, rows)
    played = rows.labels > 0
    assert scores[played].mean() > scores[~played].mean() + 1
    losses = [float(str(facts["loss"])) for _, facts in stages.received]
    assert losses[-1] < losses[0]
    assert set(stages.names) == {"ranker"}


def test_rows_without_an_earlier_play_are_not_used(stages: Stages) -> None:
    plays, titles = groups_of_plays()
    towers = TwoTower(torch.zeros(titles + 1, 1))
    rows = rows_of(24, 0, np.random.default_rng(1))  # at the time of the first plays
    with pytest.raises(TooFewPlaysError, match="none of 144 training rows has an earlier play by its user"):
        fit_ranker(towers, plays, rows, stages)


def test_a_heavy_row_counts_more(stages: Stages) -> None:
    plays, titles = groups_of_plays()
    rows = rows_of(24, 99, np.random.default_rng(1))
    constant = np.zeros_like(rows.features)
    light = replace(rows, features=constant, labels=np.tile(np.array([0, 1], np.float32), 72))
    heavy = replace(light, weights=np.where(light.labels > 0, 3, 0.1).astype(np.float32))
    means = []
    for given in (light, heavy):
        torch.manual_seed(1)
        towers = TwoTower(torch.zeros(titles + 1, 1))
        ranker = fit_ranker(towers, plays, given, stages).eval()
        means.append(scores_of(towers, ranker, plays, given).mean())
    # Half of the rows are played. If those weigh 30 times as much, the odds of a play are 30 times as high.
    assert means[0] == pytest.approx(0, abs=0.5)
    assert means[1] > 2


def test_both_stages_are_fitted_and_left_in_evaluation_mode(small_run: Run, stages: Stages) -> None:
    fitted = fit(small_run, small_run.plays, small_run.rows, 0, stages)
    assert not fitted.towers.training
    assert not fitted.ranker.training
    assert fitted.epochs == 3
    assert list(dict.fromkeys(stages.names)) == ["towers begin", "towers", "ranker"]
