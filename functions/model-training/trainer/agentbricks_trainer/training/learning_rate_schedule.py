"""Schedule of a training: its length, and the learning rate of each step."""

import math
from dataclasses import dataclass

# Share of the steps in which the rate rises to its maximum.
WARM_UP = 0.03


@dataclass(frozen=True)
class Schedule:
    """How long a model trains, and how fast.

    The rate rises linearly to its maximum, and falls to 0 along half a cosine.
    Sources: Smith & Topin 2019, "Super-convergence"; Loshchilov & Hutter 2017, "SGDR".
    """

    name: str  # name of the training's stages in reports
    max_epochs: int
    steps: int  # maximum number of steps per epoch
    learning_rate: float  # the maximum
    patience: int  # epochs without a lower validation loss, after which training stops

    def rate(self, epoch: int, step: int) -> float:
        """Returns the learning rate of one step.

        Args:
            epoch: Number of epochs before the step.
            step: Number of steps before the step in its epoch.
        """
        done = (epoch + (step + 1) / self.steps) / self.max_epochs
        if done < WARM_UP:
            return self.learning_rate * done / WARM_UP
        return self.learning_rate * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP))) / 2
