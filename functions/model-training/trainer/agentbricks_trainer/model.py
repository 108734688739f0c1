"""The whole model. A user is what they played; nothing is stored per user, so it serves people it never saw.

Sizes: B examples, L history length, C titles (0 is padding), G genres, D dimensions, F features.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

HEADS = 2
HIDDEN = 128
DROPOUT = 0.2
RANKER_HIDDEN = 32
INITIAL_SCALE = 0.05


class TwoTower(nn.Module):
    """User tower and title tower meet in a dot product: the score of a play being the user's next."""

    def __init__(self, genres: Tensor, length: int, dimensions: int) -> None:
        super().__init__()
        titles = genres.shape[0]  # C + 1
        self.register_buffer("genres", genres)  # (C + 1, G)
        self.identity = nn.Embedding(titles, dimensions, padding_idx=0)
        self.genre = nn.Linear(genres.shape[1], dimensions, bias=False)
        self.importance = nn.Embedding(titles, HEADS)  # how much a title tells about the one who played it
        self.recency = nn.Parameter(torch.zeros(length, HEADS))  # how much the i-th last play counts
        self.mix = nn.Sequential(
            nn.Dropout(DROPOUT),
            nn.Linear(HEADS * dimensions, HIDDEN),
            nn.GELU(),
            nn.Dropout(DROPOUT),
            nn.Linear(HIDDEN, dimensions),
        )
        nn.init.normal_(self.identity.weight, std=INITIAL_SCALE)
        nn.init.normal_(self.genre.weight, std=INITIAL_SCALE)
        nn.init.zeros_(self.importance.weight)
        with torch.no_grad():
            self.recency[:, 1] = -torch.arange(length) / 5.0  # the second head starts on the latest plays

    def titles(self) -> Tensor:
        """Every title's vector: (C + 1, D)."""
        return self.identity.weight + self.genre(self.genres)

    def user(self, history: Tensor, titles: Tensor) -> Tensor:
        """Histories, newest first, to vectors. history (B, L), titles (C + 1, D) → (B, D)."""
        played = F.embedding(history, titles)  # (B, L, D)
        logits = self.importance(history) + self.recency[: history.shape[1]]  # (B, L, H)
        logits = logits.masked_fill((history == 0).unsqueeze(-1), -1e9)
        weights = logits.softmax(dim=1)  # (B, L, H)
        pooled = torch.einsum("blh,bld->bhd", weights, played).flatten(1)  # (B, H * D)
        return self.mix(pooled)


class Ranker(nn.Module):
    """The towers' score, corrected by what is known of the user, the title and the pair."""

    def __init__(self, mean: Tensor, deviation: Tensor, dimensions: int) -> None:
        super().__init__()
        self.register_buffer("mean", mean)  # (F,), of log(1 + feature)
        self.register_buffer("deviation", deviation)  # (F,)
        self.scale = nn.Parameter(torch.ones(()))
        self.correct = nn.Sequential(
            nn.Linear(dimensions + len(mean), RANKER_HIDDEN),
            nn.ReLU(),
            nn.Linear(RANKER_HIDDEN, 1),
        )

    def forward(self, user: Tensor, title: Tensor, features: Tensor) -> Tensor:
        """user (…, D), title (…, D), features (…, F) → scores (…)."""
        both = user * title
        known = (features.clamp(min=0).log1p() - self.mean) / self.deviation
        return self.scale * both.sum(-1) + self.correct(torch.cat([both, known], dim=-1)).squeeze(-1)
