"""The networks that are exported: the user tower, and the ranker with the titles' vectors inside.

Sizes: u users, n pairs, L history length, D dimensions, F features, C titles (0 is padding).
"""

from torch import Tensor, nn

from agentbricks_trainer.models.ranker import Ranker
from agentbricks_trainer.models.two_tower.two_tower import TwoTower


class UserTower(nn.Module):
    """Computes the vectors of many users in one call, which costs little more than one vector."""

    vectors: Tensor

    def __init__(self, towers: TwoTower) -> None:
        super().__init__()
        self.towers = towers
        self.register_buffer("vectors", towers.titles().detach())  # (C + 1, D)

    def forward(self, history: Tensor) -> Tensor:
        """Returns vectors, (u, D), for histories, (u, L) int64, newest first."""
        return self.towers.user(history, self.vectors)


class Scorer(nn.Module):
    """Scores pairs of users and titles."""

    titles: Tensor

    def __init__(self, tower: UserTower, ranker: Ranker) -> None:
        super().__init__()
        self.register_buffer("titles", tower.vectors)
        self.ranker = ranker

    def forward(self, vectors: Tensor, user: Tensor, titles: Tensor, features: Tensor) -> Tensor:
        """Returns the ranker's scores, (n,).

        Args:
            vectors: Vectors of users, (u, D).
            user: Row of `vectors` for each pair, (n,) int64.
            titles: Title number of each pair, (n,) int64.
            features: Features of each pair, (n, F).
        """
        scores: Tensor = self.ranker(vectors[user], self.titles[titles], features)
        return scores
