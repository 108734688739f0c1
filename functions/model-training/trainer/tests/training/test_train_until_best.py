"""The training loop."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.progress import Report
from agentbricks_trainer.training.checkpoints import Checkpoint, Checkpoints
from agentbricks_trainer.training.learning_rate_schedule import Schedule
from agentbricks_trainer.training.train_until_best import train_until_best
from tests.support.recording_report import Stages

Batch = tuple[Tensor]


class Killed(Exception):  # noqa: N818
    """Simulates the kill of a process."""


class Training:
    """Fits a linear model to the sum of its inputs. NumPy samples the batches, and PyTorch the dropout."""

    def __init__(self, losses: list[float] | None = None) -> None:
        torch.manual_seed(3)
        self.random = np.random.default_rng(3)
        self.model = nn.Sequential(nn.Dropout(0.2), nn.Linear(4, 1))
        self.optimiser = torch.optim.Adam(self.model.parameters())
        self.losses = losses
        self.modes: list[bool] = []
        self.weights: list[Tensor] = []

    def batches(self) -> Iterator[Batch]:
        for _ in range(5):
            yield (torch.from_numpy(self.random.standard_normal((8, 4)).astype(np.float32)),)

    def loss_of(self, batch: Batch) -> Tensor:
        (x,) = batch
        assert self.model.training
        loss: Tensor = (self.model(x) - x.sum(1, keepdim=True)).square().mean()
        return loss

    def validation_loss(self) -> float:
        self.modes.append(self.model.training)
        self.weights.append(self.weight.clone())
        if self.losses is not None:
            return self.losses[len(self.modes) - 1]
        x = torch.eye(4)
        with torch.no_grad():
            return float((self.model(x) - 1).square().mean())

    @property
    def weight(self) -> Tensor:
        weight = self.model[1].weight
        assert isinstance(weight, Tensor)
        return weight.detach()

    def run(self, report: Report, epochs: int = 4, patience: int = 2, checkpoint: Checkpoint | None = None) -> int:
        schedule = Schedule("line", epochs, 5, 0.05, patience)
        return train_until_best(
            self.model,
            self.optimiser,
            self.batches,
            self.loss_of,
            self.validation_loss,
            self.random,
            schedule,
            report,
            checkpoint,
        )


def test_the_model_is_that_of_the_best_epoch_in_evaluation_mode(stages: Stages) -> None:
    training = Training(losses=[3, 1, 2, 1.5, 0.5])
    assert training.run(stages, epochs=5) == 4
    assert torch.equal(training.weight, training.weights[1])
    assert not training.model.training
    assert training.modes == [False] * 4


def test_training_ends_after_the_last_epoch(stages: Stages) -> None:
    training = Training(losses=[3, 2, 1])
    assert training.run(stages, epochs=3) == 3
    assert stages.received == [
        ("line", {"epoch": 1, "validation_loss": 3}),
        ("line", {"epoch": 2, "validation_loss": 2}),
        ("line", {"epoch": 3, "validation_loss": 1}),
    ]


def test_the_first_epoch_is_the_best_if_no_loss_is_a_number(stages: Stages) -> None:
    training = Training(losses=[float("nan")] * 4)
    assert training.run(stages) == 2
    assert torch.equal(training.weight, training.weights[0])


def test_it_learns(stages: Stages) -> None:
    training = Training()
    training.run(stages, epochs=40, patience=40)
    # If a share p of the inputs is dropped, the optimal weight is 1 - p.
    assert torch.allclose(training.weight, torch.full((1, 4), 0.8), atol=0.15)


@pytest.mark.parametrize("killed_in", [1, 2, 3])
def test_a_training_that_was_killed_ends_with_the_same_weights(tmp_path: Path, stages: Stages, killed_in: int) -> None:
    whole = Training()
    whole.run(stages)
    checkpoint = Checkpoints(tmp_path).of("line")

    class DiesLater(Training):
        def validation_loss(self) -> float:
            if len(self.modes) == killed_in:
                raise Killed
            return super().validation_loss()

    with pytest.raises(Killed):
        DiesLater().run(stages, checkpoint=checkpoint)
    resumed, again = Training(), Stages()
    assert resumed.run(again, checkpoint=checkpoint) == 4
    assert again.received[0] == ("line resumed", {"epoch": killed_in})
    assert len(again.received) == 1 + 4 - killed_in
    assert torch.equal(resumed.weight, whole.weight)


def test_a_loss_that_is_not_a_number_stops_the_training(stages: Stages) -> None:
    training = Training()
    with torch.no_grad():
        training.model[1].bias.fill_(float("inf"))  # type: ignore[operator]
    with pytest.raises(TrainerError, match="the loss is infinite or not a number"):
        training.run(stages)
    assert stages.received == []
