"""The network: a tower for users and a tower for items, whose vectors meet in a dot product.

A user's vector is computed from the items that they played. No parameter belongs to a user, so the model serves people
who were not in the training data.

Sizes: B users or windows, L history length, W targets of a window, C items (0 is padding), G genres, D dimensions, H
heads.

Sources: Covington, Adams, Sargin 2016, "Deep neural networks for YouTube recommendations" (a user as the items that
they watched); Kang & McAuley 2018, "Self-attentive sequential recommendation" (each prefix of a sequence is an
example).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .byte_dropout import ByteDropout
from .cut_plays_into_windows import HISTORY_LENGTH, WINDOW

DIMENSIONS = 64
HEADS = 2
HIDDEN = 128
INITIAL_SCALE = 0.3
GENRE_SCALE = 0.05
# Largest absolute value of an item's importance, so that its exponential does not overflow.
MAX_LOGIT = 8.0
# Number of plays over which the second head's initial weight falls by a factor e.
INITIAL_DECAY = 5.0


class TwoTower(nn.Module):
    """Vectors of users and items. Their dot product is the score of a pair."""

    genres: Tensor

    def __init__(self, genres: Tensor, dropout: float = 0.0) -> None:
        """Creates towers for the items with these genres, (C + 1, G)."""
        super().__init__()
        length, dimensions = HISTORY_LENGTH, DIMENSIONS
        items = genres.shape[0]  # C + 1
        self.register_buffer("genres", genres)  # (C + 1, G)
        self.identity = nn.Embedding(items, dimensions, padding_idx=0)
        self.genre = nn.Linear(genres.shape[1], dimensions, bias=False)
        # Log of the weight of an item in the vector of a user who played it.
        self.importance = nn.Embedding(items, HEADS)
        self.recency = nn.Parameter(torch.zeros(length, HEADS))  # log of the weight of the i-th last play
        self.mix = nn.Sequential(
            ByteDropout(dropout),
            nn.Linear(HEADS * dimensions, HIDDEN),
            nn.GELU(),
            ByteDropout(dropout),
            nn.Linear(HIDDEN, dimensions),
        )
        nn.init.normal_(self.identity.weight, std=INITIAL_SCALE)
        nn.init.normal_(self.genre.weight, std=GENRE_SCALE)
        nn.init.zeros_(self.importance.weight)
        with torch.no_grad():
            # The second head initially weights the latest plays most.
            self.recency[:, 1] = -torch.arange(length) / INITIAL_DECAY

    def titles(self) -> Tensor:
        """Returns the vectors of all items, (C + 1, D)."""
        vectors: Tensor = self.identity.weight + self.genre(self.genres)
        return vectors

    def user(self, history: Tensor, titles: Tensor) -> Tensor:
        """Returns the vectors of users. The service runs the ONNX export of this function.

        Args:
            history: The last plays of each user, newest first, (B, L) int64. 0 pads users with fewer plays.
            titles: Vectors of all items, (C + 1, D).

        Returns:
            Vectors, (B, D).
        """
        played = F.embedding(history, titles)  # (B, L, D)
        logits = self.importance(history).clamp(-MAX_LOGIT, MAX_LOGIT) + self.recency[: history.shape[1]]  # (B, L, H)
        logits = logits.masked_fill((history == 0).unsqueeze(-1), -1e9)
        weights = logits.softmax(dim=1)  # (B, L, H)
        pooled = (weights.transpose(1, 2).contiguous() @ played).flatten(1)  # (B, H * D)
        vectors: Tensor = self.mix(pooled)
        return vectors

    def prefixes(self, windows: Tensor, examples: Tensor, titles: Tensor) -> Tensor:
        """Returns the vectors of users before each target of a window. Only training calls this function.

        The result equals `user` on the last L plays before each target. A play's weight is exp(importance) ×
        exp(recency). The second factor depends only on the distance to the target, so one banded matrix serves all
        windows.

        Args:
            windows: Items of each window, oldest first, (L + W, B) int64.
            examples: Positions of the E examples in the flattened targets, (W, B).
            titles: Vectors of all items, (C + 1, D).

        Returns:
            Vectors, (E, D).
        """
        before = windows[:-1]  # (L + W - 1, B)
        weight = self.importance(before).clamp(-MAX_LOGIT, MAX_LOGIT).exp() * (before > 0).unsqueeze(-1)
        played = F.embedding(before, titles)
        band = self._band()  # (H, W, L + W - 1)
        pooled = []
        for head in range(HEADS):
            of_head = weight[:, :, head : head + 1]  # (L + W - 1, B, 1)
            weighed = torch.cat([of_head * played, of_head], dim=-1).flatten(1)
            summed = (band[head] @ weighed).view(WINDOW * windows.shape[1], -1)[examples]  # (E, D + 1)
            pooled.append(summed[:, :-1] / summed[:, -1:].clamp(min=1e-9))
        vectors: Tensor = self.mix(torch.cat(pooled, dim=-1))
        return vectors

    def _band(self) -> Tensor:
        """Returns the factor of each play for each target, (H, W, L + W - 1): 0 outside the target's last L plays."""
        length, device = len(self.recency), self.recency.device
        targets, plays = torch.arange(WINDOW, device=device), torch.arange(length + WINDOW - 1, device=device)
        distance = length + targets[:, None] - 1 - plays[None, :]
        inside = (distance >= 0) & (distance < length)
        return (self.recency[distance.clamp(0, length - 1)].exp() * inside.unsqueeze(-1)).permute(2, 0, 1)
