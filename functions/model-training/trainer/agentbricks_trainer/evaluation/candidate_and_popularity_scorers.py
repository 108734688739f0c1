"""Recommenders as functions that score every title for some users, as of the split."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import torch

from agentbricks_trainer.data.array_types import Ints, Values
from agentbricks_trainer.data.run_data_classes import Run
from agentbricks_trainer.models.two_stage import Fitted

# Users, (n,), and their histories, (n, L) → scores, (n, C + 1).
Scorer: TypeAlias = Callable[[Ints, Ints], Values]

POPULAR = "popular"
CANDIDATE = "candidate"
# Number of titles that the towers retrieve for the ranker, as in the service.
RETRIEVED = 200
# Subtracted from the towers' scores of titles that were not retrieved, so that these rank below all retrieved titles.
NOT_RETRIEVED = 1e6


def candidate_scorer(run: Run, fitted: Fitted) -> Scorer:
    """Returns a scorer with the two stages of the service: the towers retrieve, and the ranker ranks."""
    with torch.no_grad():
        vectors = fitted.towers.titles()

    @torch.no_grad()
    def score(users: Ints, history: Ints) -> Values:
        user = fitted.towers.user(torch.from_numpy(history), vectors)
        near = user @ vectors.T
        near[:, torch.from_numpy(~run.at_split.title_known)] = -torch.inf
        near.scatter_(1, torch.from_numpy(history), -torch.inf)
        found = near.topk(min(RETRIEVED, near.shape[1]), dim=1).indices
        below = near - NOT_RETRIEVED
        features = run.at_split.features(users, run.affinity(users))
        features = np.take_along_axis(features, found.numpy()[:, :, None], axis=1)
        ranked = fitted.ranker(user[:, None, :], vectors[found], torch.from_numpy(features))
        ranked = torch.where(torch.isfinite(near.gather(1, found)), ranked, -torch.inf)
        scores: Values = below.scatter_(1, found, ranked).numpy()
        return scores

    return score


def popular_scorer(run: Run) -> Scorer:
    """Returns a scorer that gives all users the titles' play counts as of the split."""
    plays = run.at_split.titles[:, 1]
    return lambda users, _: np.tile(plays, (len(users), 1))
