"""The network of NeuMF: a matrix factorisation and a perceptron, each with its own embeddings of user and item.

Source: He, Liao, Zhang, Nie, Hu, Chua 2017, "Neural collaborative filtering" (WWW).
"""

from itertools import pairwise

import torch
from torch import Tensor, nn

FACTORS = 32
# Widths of the perceptron: the input (both embeddings together), then the output of each layer.
LAYERS = (64, 32, 16)
DROPOUT = 0.2
INITIAL_SCALE = 0.05


class NeuMf(nn.Module):
    """Predicts whether a user plays an item."""

    def __init__(self, users: int, items: int) -> None:
        """Creates embeddings for users numbered from 0 to users − 1, and items from 0 to items − 1."""
        super().__init__()
        width = LAYERS[0] // 2
        self.user_factors, self.item_factors = nn.Embedding(users, FACTORS), nn.Embedding(items, FACTORS)
        self.user, self.item = nn.Embedding(users, width), nn.Embedding(items, width)
        layers: list[nn.Module] = []
        for before, after in pairwise(LAYERS):
            layers += [nn.Dropout(DROPOUT), nn.Linear(before, after), nn.ReLU()]
        self.perceptron = nn.Sequential(*layers)
        self.out = nn.Linear(FACTORS + LAYERS[-1], 1)
        for table in (self.user_factors, self.item_factors, self.user, self.item):
            nn.init.normal_(table.weight, std=INITIAL_SCALE)

    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        """Returns the logit of each pair: the logarithm of the odds that the user plays the item.

        Args:
            users: User numbers, (n,) int64.
            items: Item numbers, (n,) int64.

        Returns:
            Logits, (n,) float32.
        """
        product = self.user_factors(users) * self.item_factors(items)  # (n, FACTORS)
        deep = self.perceptron(torch.cat([self.user(users), self.item(items)], dim=-1))  # (n, LAYERS[-1])
        logits: Tensor = self.out(torch.cat([product, deep], dim=-1))  # (n, 1)
        return logits.squeeze(-1)
