"""Leave-one-out evaluation: each user's last play among up to 99 titles that they never played. Source: He et al. 2017."""

import numpy as np
import torch

from agentbricks_trainer.data.formats.negatives_file import unplayed
from agentbricks_trainer.data.run import Plays, Rows, Run
from agentbricks_trainer.errors import TooFewPlays
from agentbricks_trainer.models.two_stage import fit
from agentbricks_trainer.models.two_tower.two_tower import HISTORY_LENGTH
from agentbricks_trainer.progress import Report
from agentbricks_trainer.training.checkpoints import Checkpoints

from . import metrics
from .evaluate import CANDIDATE, POPULAR

NEGATIVES = 99


def leave_one_out(run: Run, seed: int, report: Report, checkpoints: Checkpoints | None = None) -> dict:
    """recommender → metric → mean with its interval. The model is trained without the plays that are held out.

    Ranks by the towers only: a run has no point-in-time features of the negatives. Users who have played every title are left out.
    Raises TooFewPlays.
    """
    random = np.random.default_rng(seed)
    last = last_plays(run.plays, random)
    held_out, kept = run.plays.where(last), run.plays.where(~last)
    negatives = unplayed(run.plays, held_out.users, len(run.titles), NEGATIVES, random)
    ranked = negatives.any(1)
    if not ranked.any():
        raise TooFewPlays(
            "every user who has played twice has played all titles",
            "the last play is ranked against titles that its user never played, and there is none",
            "Add titles, or leave out --leave-one-out",
        )
    held_out, negatives = held_out.where(ranked), negatives[ranked]
    slates = np.concatenate([held_out.titles[:, None], negatives], axis=1)
    fitted = fit(run, kept, _without(run, held_out), seed, report, checkpoints)
    history = kept.history(held_out.users, held_out.times + 1, HISTORY_LENGTH)
    with torch.no_grad():
        vectors = fitted.towers.titles()
        user = fitted.towers.user(torch.from_numpy(history), vectors)
        by_model = torch.einsum("nd,nkd->nk", user, vectors[torch.from_numpy(slates)]).numpy()
    by_plays = np.bincount(kept.titles, minlength=len(run.titles) + 1)[slates]
    return {
        name: metrics.summary(_of_slates(scores, slates, random), seed)
        for name, scores in ((CANDIDATE, by_model), (POPULAR, by_plays))
    }


def last_plays(plays: Plays, random: np.random.Generator) -> np.ndarray:
    """Marks one play of each user who has at least two: the last, and a random one of those that share the last time. (P,) bool"""
    order = np.lexsort((random.random(len(plays)), plays.times, plays.users))
    users = plays.users[order]
    changes = users[1:] != users[:-1]
    last = np.zeros(len(plays), bool)
    last[order] = np.append(changes, True) & ~np.append(True, changes)
    return last


def _without(run: Run, held_out: Plays) -> Rows:
    """The rows that are earlier than their user's held-out play."""
    until = np.full(len(run.user_ids), np.iinfo(np.int64).max)
    until[held_out.users] = held_out.times
    return run.rows.where(run.rows.times < until[run.rows.users])


def _of_slates(scores: np.ndarray, slates: np.ndarray, random: np.random.Generator) -> dict[str, np.ndarray]:
    """The first column is the relevant title; padding ranks last."""
    order = metrics.best(np.where(slates > 0, scores, -np.inf), metrics.K, random)
    return metrics.per_user(order == 0, np.ones(len(scores), np.int64))
