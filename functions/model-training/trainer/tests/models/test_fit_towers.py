"""Training of the two-tower."""

from pathlib import Path

import numpy as np
import pytest
import torch

from agentbricks_trainer.models.two_tower.batches import Batch
from agentbricks_trainer.models.two_tower.cut_plays_into_windows import HISTORY_LENGTH, Windows, windows_of
from agentbricks_trainer.models.two_tower.default_and_validated_hyperparameters import Settings
from agentbricks_trainer.models.two_tower.fit import NextPlay, fit, fit_towers
from agentbricks_trainer.models.two_tower.loss import sampled_loss, validation_loss
from agentbricks_trainer.models.two_tower.negatives import Negatives
from agentbricks_trainer.models.two_tower.two_tower import TwoTower
from agentbricks_trainer.training.checkpoints import Checkpoints
from tests.support.build_plays_and_runs import groups_of_plays
from tests.support.recording_report import Stages

FAST = Settings(epochs=6, batch=4, uniform_negatives=32, batch_negatives=16, dropout=0.0, learning_rate=2e-2)


def prepared() -> tuple[TwoTower, Windows, Negatives]:
    plays, titles = groups_of_plays()
    torch.manual_seed(1)
    towers = TwoTower(torch.zeros(titles + 1, 1))
    return towers, windows_of(plays, np.random.default_rng(1)), Negatives(plays, titles + 1, 8, 4, torch.device("cpu"))


def test_it_predicts_the_next_play_of_a_circle(stages: Stages) -> None:
    plays, titles = groups_of_plays(users=60, titles=8, length=7)
    model = fit(plays, titles, 0, stages, settings=FAST)
    users, everything = np.arange(60), np.arange(1, titles + 1)
    scores = model.scores(users, everything)
    for user in users:
        scores[user, plays.titles[plays.users == user] - 1] = -np.inf
    group = scores.argmax(1) % 3
    assert (group == users % 3).mean() > 0.9
    losses = [float(str(facts["validation_loss"])) for name, facts in stages.received if name == "towers"]
    assert min(losses[1:]) < losses[0]


def test_the_same_seed_gives_the_same_bits_and_a_checkpoint_resumes(tmp_path: Path, stages: Stages) -> None:
    plays, titles = groups_of_plays()
    genres = np.zeros((titles + 1, 2), np.float32)
    settings = Settings(epochs=2, batch=4, uniform_negatives=8, batch_negatives=8)
    one, epochs = fit_towers(plays, genres, 3, stages, Checkpoints(tmp_path), settings)
    other, _ = fit_towers(plays, genres, 3, Stages(), None, settings)
    resumed = Stages()
    again, _ = fit_towers(plays, genres, 3, resumed, Checkpoints(tmp_path), settings)
    assert epochs == 2
    assert resumed.names == ["towers begin", "towers resumed"]
    for name, value in one.state_dict().items():
        assert torch.equal(value, other.state_dict()[name])
        assert torch.equal(value, again.state_dict()[name])


def test_a_recommender_scores_users_as_of_their_last_play(stages: Stages) -> None:
    plays, titles = groups_of_plays()
    towers, _ = fit_towers(plays, np.zeros((titles + 1, 1), np.float32), 0, stages, None, Settings(epochs=1, batch=4))
    model = NextPlay(towers.eval(), plays)
    history = np.zeros((1, HISTORY_LENGTH), np.int64)
    of_user = plays.titles[plays.users == 5][::-1]
    history[0, : len(of_user)] = of_user
    with torch.no_grad():
        vectors = towers.titles()
        expected = (towers.user(torch.from_numpy(history), vectors) @ vectors.T)[0, [3, 1]]
    assert np.allclose(model.scores(np.array([5]), np.array([3, 1]))[0], expected.numpy(), atol=1e-5)


def test_room_for_more_examples_does_not_change_the_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    towers, windows, negatives = prepared()
    towers.eval()
    rows = torch.arange(6)
    count = int(windows.learned[rows].sum())
    plays = int(negatives.counts[windows.users[rows]].sum())
    sample = torch.arange(1, 13)
    monkeypatch.setattr(negatives, "draw", lambda _: (sample, torch.ones(12)))
    losses = [
        sampled_loss(towers, windows, Batch(rows, count + extra, plays + extra), windows.learned, negatives).item()
        for extra in (0, 5)
    ]
    assert abs(losses[0] - losses[1]) < 1e-5


def test_validation_repeats_its_samples_and_leaves_the_random_state(stages: Stages) -> None:
    towers, windows, negatives = prepared()
    towers.eval()
    before = torch.get_rng_state()
    losses = {validation_loss(towers, windows, negatives) for _ in range(3)}
    assert len(losses) == 1
    assert torch.equal(torch.get_rng_state(), before)
    assert stages.received == []
