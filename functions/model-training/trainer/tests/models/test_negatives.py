"""Negatives of the two-tower."""

import numpy as np
import torch

from agentbricks_trainer.models.two_tower.negatives import Negatives
from tests.support.build_plays_and_runs import MOMENTS, played_by, plays_of, random_plays

CPU = torch.device("cpu")


def test_an_item_is_forbidden_if_its_user_or_no_user_had_played_it_by_the_time() -> None:
    random = np.random.default_rng(2)
    for _ in range(300):
        plays, titles = random_plays(random)
        negatives = Negatives(plays, titles + 1, 4, 4, CPU)
        users = torch.from_numpy(np.unique(plays.users))
        window, times = random.integers(0, len(users), 20), random.integers(0, MOMENTS + 1, 20)
        drawn = random.integers(1, titles + 1, 9)
        room = int(negatives.counts[users].sum()) + int(random.integers(0, 3))
        arguments = torch.from_numpy(drawn), users, room, torch.from_numpy(times), torch.from_numpy(window)
        found = negatives.forbidden(*arguments).numpy()
        for row, (at, time) in enumerate(zip(window, times, strict=True)):
            released = {int(t) for t, when in zip(plays.titles, plays.times, strict=True) if when <= time}
            taken = played_by(plays, int(users[at]), time)
            assert found[row].tolist() == [item in taken or item not in released for item in drawn]


def test_a_sample_has_uniform_items_and_targets_with_their_expected_numbers() -> None:
    plays = plays_of((0, 1, 1), (1, 1, 1), (2, 1, 1), (0, 2, 2))
    negatives = Negatives(plays, 5, 6, 2, CPU)
    target = torch.tensor([1, 2, 1])
    drawn, expected = negatives.draw(target)
    assert (len(drawn), len(expected)) == (8, 8)
    assert set(drawn[6:].tolist()) <= {1, 2}
    shares = torch.tensor([0, 0.75, 0.25, 0, 0])
    assert torch.allclose(expected, 6 / 4 + 2 * shares[drawn])


def test_the_expected_number_is_the_mean_over_samples() -> None:
    torch.manual_seed(1)
    plays = plays_of(*((user, 1 + user % 2, 1) for user in range(4)), (0, 3, 2))
    negatives = Negatives(plays, 4, 3, 5, CPU)
    target = torch.from_numpy(plays.titles)  # a batch in which items are as frequent as in all plays
    samples = [negatives.draw(target) for _ in range(3000)]
    counts = torch.stack([torch.bincount(drawn, minlength=4) for drawn, _ in samples]).float().mean(0)
    drawn, expected = samples[0]
    for item in (1, 2, 3):
        wanted = expected[drawn == item][0].item()
        assert abs(counts[item].item() - wanted) < 0.06


def test_the_correction_lowers_items_that_are_sampled_often() -> None:
    correction = Negatives.log_q_correction(torch.tensor([0.5, 1.0, 4.0]))
    assert torch.allclose(correction, torch.tensor([np.log(2), 0, -np.log(4)], dtype=torch.float32))


def test_without_the_correction_a_sampled_softmax_would_be_biased() -> None:
    """With it, the expected sum of exponentials equals the sum over the catalogue, for any sampling probabilities."""
    torch.manual_seed(1)
    plays = plays_of(*((user, 1, 1) for user in range(8)), (0, 2, 1), (1, 3, 1))
    negatives = Negatives(plays, 4, 2, 10, CPU)
    target, scores = torch.from_numpy(plays.titles), torch.tensor([0, 0.3, -0.2, 0.5])
    sums = []
    for _ in range(3000):
        drawn, expected = negatives.draw(target)
        sums.append((scores[drawn] + negatives.log_q_correction(expected)).exp().sum())
    assert abs(torch.stack(sums).mean() - scores[1:].exp().sum()) < 0.05
