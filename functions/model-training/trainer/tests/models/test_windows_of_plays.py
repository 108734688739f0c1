"""Windows, and batches of windows."""

import numpy as np
import pytest
import torch

from agentbricks_trainer.data.plays_as_columns import Plays
from agentbricks_trainer.errors import TooFewPlaysError
from agentbricks_trainer.models.two_tower import cut_plays_into_windows as subject
from agentbricks_trainer.models.two_tower.batches import batches_of
from agentbricks_trainer.models.two_tower.cut_plays_into_windows import HISTORY_LENGTH, WINDOW, windows_of
from agentbricks_trainer.models.two_tower.negatives import Negatives
from tests.support.build_plays_and_runs import groups_of_plays, plays_of

CPU = torch.device("cpu")


def test_each_play_after_the_first_is_one_example_with_the_plays_before_it() -> None:
    length = WINDOW + 7
    plays = plays_of(*((user, 1 + (3 * i + user) % 90, i) for user in range(2) for i in range(length)))
    windows = windows_of(plays, np.random.default_rng(1))
    assert windows.users.tolist() == [0, 0, 1, 1]
    examples = windows.learned | windows.held_out
    assert not (windows.learned & windows.held_out).any()
    assert int(examples.sum()) == 2 * (length - 1)
    for row in range(4):
        of_user = plays.titles[plays.users == windows.users[row].item()].tolist()
        start = WINDOW * (row % 2)
        for target in examples[row].nonzero().squeeze(1).tolist():
            at = start + target
            context = windows.items[row, target : target + HISTORY_LENGTH].tolist()
            assert windows.items[row, HISTORY_LENGTH + target].item() == of_user[at]
            assert [item for item in context if item] == of_user[max(0, at - HISTORY_LENGTH) : at]
            assert windows.times[row, target].item() == at


def test_plays_at_the_same_time_are_in_random_order() -> None:
    plays = plays_of((0, 1, 1), (0, 2, 1), (0, 3, 1), (0, 4, 2))
    firsts = [windows_of(plays, np.random.default_rng(seed)).items[0, HISTORY_LENGTH].item() for seed in range(300)]
    shares = np.bincount(firsts, minlength=5) / 300
    assert shares[4] == 0
    assert np.abs(shares[1:4] - 1 / 3).max() < 4 * np.sqrt(2 / 9 / 300)


def test_about_a_tenth_validates() -> None:
    plays, _titles = groups_of_plays(users=2000, titles=40, length=20)
    windows = windows_of(plays, np.random.default_rng(1))
    share = windows.held_out.sum() / (windows.held_out | windows.learned).sum()
    assert float(share) == pytest.approx(0.1, abs=0.02)


def test_one_example_always_validates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "VALIDATION_SHARE", 0.0)
    windows = windows_of(plays_of((0, 1, 1), (0, 2, 2), (0, 3, 3)), np.random.default_rng(1))
    assert (int(windows.learned.sum()), windows.held_out.nonzero().tolist()) == (1, [[0, 2]])


def test_one_example_always_trains() -> None:
    plays = plays_of((0, 1, 1), (0, 2, 2), (0, 3, 3))
    for seed in range(300):  # about 4 % of seeds hold out both examples at first
        windows = windows_of(plays, np.random.default_rng(seed))
        assert (int(windows.learned.sum()), int(windows.held_out.sum())) == (1, 1)


@pytest.mark.parametrize(
    ("plays", "message"),
    [
        (plays_of((0, 1, 1), (1, 1, 1)), "only 0 of 2 plays have an earlier play by the same user: .*no user has play"),
        (plays_of((0, 1, 1), (0, 2, 2), (1, 1, 1)), "only 1 of 3 plays has an earlier play by the same user: .*valid"),
    ],
)
def test_too_few_examples_are_rejected(plays: Plays, message: str) -> None:
    with pytest.raises(TooFewPlaysError, match=message):
        windows_of(plays, np.random.default_rng(1))


def test_batches_have_all_windows_with_examples_and_their_sizes() -> None:
    plays, titles = groups_of_plays()
    windows = windows_of(plays, np.random.default_rng(1))
    negatives = Negatives(plays, titles + 1, 4, 4, CPU)
    order = torch.arange(len(windows.items)).flip(0)
    some = windows.learned.clone()
    some[:3] = False
    batches = list(batches_of(windows, some, order, 7, negatives))
    assert torch.cat([batch.rows for batch in batches]).tolist() == order[:21].tolist()  # windows 0-2 have no examples
    for batch in batches:
        assert batch.examples == int(some[batch.rows].sum())
        assert batch.plays == sum(int((plays.users == windows.users[row].item()).sum()) for row in batch.rows)
    assert len(list(batches_of(windows, torch.zeros_like(some), order, 7, negatives))) == 0


def test_a_copy_on_a_device_is_complete() -> None:
    plays, _titles = groups_of_plays()
    windows = windows_of(plays, np.random.default_rng(1))
    copy = windows.to(CPU)
    for name in ("items", "users", "times", "learned", "held_out"):
        assert torch.equal(getattr(copy, name), getattr(windows, name))
