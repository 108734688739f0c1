"""Comparison of models. With the fixture `_here`, models are measured in this process, not in one process each."""

from typing import Any

import numpy as np
import pytest

from agentbricks_trainer.data.read_train_test_and_negatives import Doubts, Split
from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.evaluation import train_and_compare_models as subject
from agentbricks_trainer.evaluation.peak_memory import STATUS, peak_memory
from agentbricks_trainer.evaluation.train_and_compare_models import compare, measure
from tests.support.build_plays_and_runs import groups_of_plays
from tests.support.recording_report import Stages


@pytest.fixture
def split() -> Split:
    """A split in which the last play of each user is held out."""
    plays, titles = groups_of_plays(users=30, length=6)
    last = np.append(plays.users[1:] != plays.users[:-1], True)
    train = plays.where(~last)
    return Split(train, plays.users[last], plays.titles[last], None, 30, titles)


@pytest.fixture
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "_measure_in_process", measure)


@pytest.mark.usefixtures("_here")
def test_models_are_measured_and_the_first_is_compared_with_the_others(split: Split, stages: Stages) -> None:
    found: dict[str, Any] = compare(split, ["item-knn", "popularity", "item-knn"], 5, 1, stages)
    assert [one["model"] for one in found["models"]] == ["item-knn", "popularity"]
    assert (found["protocol"], found["interactions"], found["users"], found["items"]) == ("full catalogue", 150, 30, 24)
    knn, popular = (one["metrics"]["ndcg@5"]["value"] for one in found["models"])
    assert knn > popular
    (difference,) = found["differences"]
    assert (difference["model"], difference["against"]) == ("item-knn", "popularity")
    assert difference["value"] == pytest.approx(knn - popular)
    assert difference["p"] < 0.05
    assert all(one["peakBytes"] > 2**25 and one["trainSeconds"] >= 0 for one in found["models"])
    assert stages.names == ["evaluated", "evaluated"]


@pytest.mark.usefixtures("_here")
def test_doubts_are_reported_before_a_model_is_trained(split: Split, stages: Stages) -> None:
    doubtful = Split(
        split.train, split.test_users, split.test_items, None, 30, split.items, Doubts(test_pairs_in_train=2)
    )
    found = compare(doubtful, ["popularity"], 5, 1, stages)
    assert stages.names == ["doubtful files", "evaluated"]
    assert found["doubts"]["testPairsInTrain"] == 2


@pytest.mark.parametrize(
    ("negatives", "protocol"),
    [([[1, 2], [3, 4]], "2 negatives"), ([[1, 0], [2, 3]], "up to 2 negatives"), ([[1], [2]], "1 negative")],
)
def test_the_protocol_names_the_number_of_negatives(negatives: list[list[int]], protocol: str, split: Split) -> None:
    named = Split(split.train, split.test_users[:2], split.test_items[:2], np.array(negatives), 30, split.items)
    assert subject._protocol(named) == protocol


def test_invalid_options_are_rejected_before_a_model_is_trained(split: Split, stages: Stages) -> None:
    with pytest.raises(TrainerError, match="--k is 0"):
        compare(split, ["popularity"], 0, 1, stages)
    with pytest.raises(TrainerError, match="--settings is given for popularity: only two-tower has settings"):
        compare(split, ["popularity"], 5, 1, stages, settings={"epochs": 2})
    with pytest.raises(TrainerError, match="does not accept patience = 3"):
        compare(split, ["two-tower"], 5, 1, stages, settings={"patience": 3})
    assert stages.names == []


def test_a_model_is_measured_in_a_process_of_its_own(split: Split) -> None:
    apart = subject._measure_in_process(split, "popularity", 5, 1, None, None)
    here = measure(split, "popularity", 5, 1, None)
    assert apart.coverage == here.coverage
    assert np.array_equal(apart.per_user["ndcg@5"], here.per_user["ndcg@5"])


@pytest.mark.skipif(not STATUS.exists(), reason="on this system, a new process may start at its parent's peak")
def test_a_models_peak_memory_leaves_out_that_of_the_parent_process(split: Split) -> None:
    only_here = np.ones(2**26).nbytes  # 512 MiB
    apart = subject._measure_in_process(split, "popularity", 5, 1, None, None)
    assert 2**25 < apart.peak_bytes < peak_memory() - only_here / 2
