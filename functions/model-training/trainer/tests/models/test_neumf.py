"""NeuMF: its network, training examples and training."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from agentbricks_trainer.errors import TooFewPlaysError
from agentbricks_trainer.models.neumf import fit as subject
from agentbricks_trainer.models.neumf.fit import NeuMfRecommender, fit
from agentbricks_trainer.models.neumf.neumf import NeuMf
from agentbricks_trainer.training.checkpoints import Checkpoints
from agentbricks_trainer.training.step import step
from tests.support.build_plays_and_runs import groups_of_plays, plays_of
from tests.support.recording_report import Stages


def network() -> NeuMf:
    torch.manual_seed(1)
    return NeuMf(5, 7)


def test_the_logit_of_a_pair_is_that_of_the_paper() -> None:
    model = network().eval()
    users, items = torch.tensor([0, 4, 2]), torch.tensor([6, 1, 1])
    found = model(users, items)
    assert found.shape == (3,)
    for n, (u, i) in enumerate(zip(users, items, strict=True)):
        hidden = torch.cat([model.user.weight[u], model.item.weight[i]])
        for layer in model.perceptron:
            if isinstance(layer, torch.nn.Linear):
                hidden = (layer.weight @ hidden + layer.bias).clamp(min=0)
        factors = model.user_factors.weight[u] * model.item_factors.weight[i]
        expected = model.out.weight[0] @ torch.cat([factors, hidden]) + model.out.bias[0]
        assert found[n].item() == pytest.approx(expected.item(), abs=1e-6)


def test_a_step_moves_every_parameter_and_both_branches_have_their_own_tables() -> None:
    model = network().train()
    before = {name: value.clone() for name, value in model.named_parameters()}
    users, items = torch.arange(5).repeat_interleave(7), torch.arange(7).repeat(5)
    loss = F.binary_cross_entropy_with_logits(model(users, items), (users + items) % 2 * 1.0)
    step(torch.optim.Adam(model.parameters(), lr=0.01), model, loss)
    unmoved = [name for name, value in model.named_parameters() if torch.equal(value, before[name])]
    assert unmoved == []
    assert model.user.weight.data_ptr() != model.user_factors.weight.data_ptr()


def test_it_memorises_a_few_pairs() -> None:
    torch.manual_seed(1)
    model = NeuMf(8, 8).train()
    users, items = torch.arange(8).repeat_interleave(8), torch.arange(8).repeat(8)
    labels = (torch.rand(64) < 0.3).float()
    optimiser = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(150):
        step(optimiser, model, F.binary_cross_entropy_with_logits(model(users, items), labels))
    model.eval()
    with torch.no_grad():
        assert ((model(users, items) > 0) == labels.bool()).all()


def test_scores_of_items_in_common_are_those_of_each_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "CHUNK", 4)
    recommender = NeuMfRecommender(network().eval())
    users, items = np.array([3, 0]), np.array([1, 6, 2])
    common = recommender.scores(users, items)
    own = recommender.scores(users, np.array([[1, 6, 2], [2, 1, 6]]))
    with torch.no_grad():
        pairs = recommender.model(torch.tensor([3, 3, 3, 0, 0, 0]), torch.tensor([1, 6, 2, 1, 6, 2]))
    assert np.allclose(common.ravel(), pairs.numpy(), atol=1e-7)
    assert np.allclose(own[1], common[1][[2, 0, 1]], atol=1e-7)


def test_a_fit_ranks_a_users_group_first_and_repeats_itself(
    tmp_path: Path, stages: Stages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "BATCH", 64)
    plays, titles = groups_of_plays(users=30, length=7)
    model = fit(plays, titles, 0, stages, Checkpoints(tmp_path))
    scores = model.scores(np.arange(30), np.arange(1, titles + 1))
    of_group = scores.reshape(30, -1, 3)  # title t belongs to group (t - 1) % 3
    own = of_group[np.arange(30), :, np.arange(30) % 3].mean(1)
    others = (of_group.sum((1, 2)) - own * of_group.shape[1]) / (2 * of_group.shape[1])
    assert (own > others).mean() > 0.9
    assert set(stages.names) == {"neumf"}
    again = fit(plays, titles, 0, Stages(), Checkpoints(tmp_path / "other"))
    assert np.array_equal(scores, again.scores(np.arange(30), np.arange(1, titles + 1)))
    resumed = Stages()
    fit(plays, titles, 0, resumed, Checkpoints(tmp_path))
    assert resumed.names == ["neumf resumed"]


def test_one_play_is_rejected_and_two_are_enough(stages: Stages) -> None:
    with pytest.raises(TooFewPlaysError, match="the data has only 1 play: "):
        fit(plays_of((0, 1, 1)), 3, 0, stages)
    assert stages.names == []
    scores = fit(plays_of((0, 1, 1), (0, 2, 2)), 3, 0, stages).scores(np.array([0]), np.array([1, 2, 3]))
    assert np.isfinite(scores).all()
    assert "neumf" in stages.names


def test_examples_are_plays_and_four_negatives_each() -> None:
    plays, titles = groups_of_plays()
    rows = np.array([0, 5])
    users, items, labels = subject._examples(plays, rows, titles, np.random.default_rng(1))
    assert labels.tolist() == [1, 1] + [0] * 8
    assert users.tolist() == [*plays.users[rows], *np.repeat(plays.users[rows], 4)]
    assert items[:2].tolist() == plays.titles[rows].tolist()
    assert not set(items[2:6].tolist()) & {int(plays.titles[0])}
