"""The network of the two-tower."""

import pytest
import torch

from agentbricks_trainer.models.two_tower.byte_dropout import ByteDropout
from agentbricks_trainer.models.two_tower.cut_plays_into_windows import HISTORY_LENGTH, WINDOW
from agentbricks_trainer.models.two_tower.two_tower import DIMENSIONS, HEADS, TwoTower

ITEMS = 9


@pytest.fixture
def towers() -> TwoTower:
    torch.manual_seed(1)
    model = TwoTower((torch.rand(ITEMS + 1, 2) < 0.5).float()).eval()
    torch.nn.init.normal_(model.importance.weight)
    return model


def test_an_items_vector_is_its_own_plus_that_of_its_genres(towers: TwoTower) -> None:
    vectors = towers.titles()
    assert vectors.shape == (ITEMS + 1, DIMENSIONS)
    expected = towers.identity.weight[3] + towers.genre.weight @ towers.genres[3]
    assert torch.allclose(vectors[3], expected, atol=1e-6)


def test_a_user_is_the_weighted_mean_of_their_plays(towers: TwoTower) -> None:
    vectors = towers.titles()
    history = torch.zeros(1, HISTORY_LENGTH, dtype=torch.long)
    history[0, :3] = torch.tensor([4, 2, 4])
    pooled = []
    for head in range(HEADS):
        weights = [
            (towers.importance.weight[item, head] + towers.recency[i, head]).exp() for i, item in enumerate([4, 2, 4])
        ]
        pooled.append(sum(w * vectors[item] for w, item in zip(weights, [4, 2, 4], strict=True)) / sum(weights))
    expected = towers.mix(torch.cat(pooled))  # type: ignore[arg-type]
    assert torch.allclose(towers.user(history, vectors)[0], expected, atol=1e-5)


def test_training_computes_the_same_vectors_as_serving(towers: TwoTower) -> None:
    """For every target, training computes the same user vector as `TwoTower.user` from the plays before this target."""
    torch.manual_seed(2)
    batch = 3
    windows = torch.randint(1, ITEMS + 1, (HISTORY_LENGTH + WINDOW, batch))
    windows[: HISTORY_LENGTH - 1, 1] = 0  # a user with one play of context
    windows[-5:, 2] = 0
    vectors = towers.titles()
    places = torch.tensor([(w, b) for w in (0, 1, 7, WINDOW - 6) for b in range(batch)])
    found = towers.prefixes(windows, places[:, 0] * batch + places[:, 1], vectors)
    for row, (target, b) in enumerate(places.tolist()):
        history = windows[target : target + HISTORY_LENGTH, b].flip(0)  # newest first
        expected = towers.user(history[None], vectors)[0]
        assert torch.allclose(found[row], expected, atol=1e-4)


def test_padding_does_not_change_a_user(towers: TwoTower) -> None:
    vectors = towers.titles()
    short = torch.tensor([[5, 1, 0]])
    longer = torch.zeros(1, HISTORY_LENGTH, dtype=torch.long)
    longer[0, :2] = torch.tensor([5, 1])
    assert torch.allclose(towers.user(short, vectors), towers.user(longer, vectors), atol=1e-6)


def test_dropout_drops_its_share_and_keeps_the_expectation() -> None:
    torch.manual_seed(1)
    layer, x = ByteDropout(0.25), torch.ones(200, 101)
    dropped = layer.train()(x)
    assert dropped.unique().tolist() == [0.0, pytest.approx(4 / 3)]
    share = (dropped == 0).float().mean().item()
    assert share == pytest.approx(0.25, abs=4 * (0.25 * 0.75 / x.numel()) ** 0.5)
    assert layer.eval()(x) is x
    assert torch.equal(ByteDropout(0.0).train()(x), x)
