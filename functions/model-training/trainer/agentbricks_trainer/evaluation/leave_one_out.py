"""Leave-one-out evaluation: ranks each user's last play among up to 99 titles that they never played.

Source: He et al. 2017.
"""

import numpy as np
import torch

from agentbricks_trainer.data.array_types import Bools, Doubles, Ints, Values
from agentbricks_trainer.data.negative_sampling.never_played import never_played
from agentbricks_trainer.data.plays_as_columns import Plays
from agentbricks_trainer.data.run_data_classes import Rows, Run
from agentbricks_trainer.errors import TooFewPlaysError
from agentbricks_trainer.models.two_stage import Fitted, fit
from agentbricks_trainer.models.two_tower.cut_plays_into_windows import HISTORY_LENGTH
from agentbricks_trainer.progress import Report
from agentbricks_trainer.training.checkpoints import Checkpoints

from .candidate_and_popularity_scorers import CANDIDATE, POPULAR
from .metrics.bootstrap import summarise
from .metrics.per_user import K, per_user
from .metrics.select_top_k_items import top_k

NEGATIVES = 99


def leave_one_out(
    run: Run, seed: int, report: Report, checkpoints: Checkpoints | None = None
) -> dict[str, dict[str, dict[str, float]]]:
    """Trains a model without the held-out plays, and evaluates both the model and popularity on these plays.

    Only the towers rank, because a run has no point-in-time features of the negatives. Users who have played every
    title are skipped.

    Args:
        run: Data of the run.
        seed: Seed of all random numbers.
        report: Receives the stages of the training.
        checkpoints: Folder of checkpoints. None: no checkpoints.

    Returns:
        Recommender → metric → mean with its interval.

    Raises:
        TooFewPlaysError: If no user has played twice, every such user has played all titles, or too few plays are left
            to train on.
    """
    random = np.random.default_rng(seed)
    last = last_plays(run.plays, random)
    if not last.any():
        raise TooFewPlaysError(
            "no user has played twice",
            "the last play is ranked by a model that has learned from the plays before it, and there are none",
            "Let the universe run longer, or omit --leave-one-out",
        )
    held_out, kept = run.plays.where(last), run.plays.where(~last)
    negatives = never_played(run.plays, held_out.users, len(run.titles), NEGATIVES, random)
    ranked = np.count_nonzero(negatives, axis=1) > 0
    if not ranked.any():
        raise TooFewPlaysError(
            "every user who has played twice has played all titles",
            "the last play is ranked against titles that its user never played, and there is none",
            "Add titles, or omit --leave-one-out",
        )
    held_out, negatives = held_out.where(ranked), negatives[ranked]
    slates = np.concatenate([held_out.titles[:, None], negatives], axis=1)
    fitted = fit(run, kept, _rows_before(run, held_out), seed, report, checkpoints)
    history = kept.history(held_out.users, held_out.times + 1, HISTORY_LENGTH)
    by_model = _towers_scores(fitted, history, slates)
    by_plays = np.bincount(kept.titles, minlength=len(run.titles) + 1)[slates]
    return {
        name: summarise(slate_metrics(scores, slates, random), seed)
        for name, scores in ((CANDIDATE, by_model), (POPULAR, by_plays))
    }


def last_plays(plays: Plays, random: np.random.Generator) -> Bools:
    """Marks the last play of each user who has at least two plays.

    Of plays at the same last time, a random one counts as the last.

    Returns:
        Mask, (P,).
    """
    order = np.lexsort((random.random(len(plays)), plays.times, plays.users))
    users = plays.users[order]
    changes = users[1:] != users[:-1]
    last = np.zeros(len(plays), bool)
    last[order] = np.append(changes, True) & ~np.append(True, changes)
    return last


def slate_metrics(scores: Values, slates: Ints, random: np.random.Generator) -> dict[str, Doubles]:
    """Returns metric → values, (N,), for rankings of one relevant title among others.

    Args:
        scores: Scores, (N, k).
        slates: Title numbers, (N, k). The first column is the relevant title. Padding, 0, ranks last.
        random: Random generator that orders tied items.
    """
    order = top_k(np.where(slates > 0, scores, -np.inf), K, random)
    return per_user(order == 0, np.ones(len(scores), np.int64))


def _towers_scores(fitted: Fitted, history: Ints, slates: Ints) -> Values:
    with torch.no_grad():
        vectors = fitted.towers.titles()
        user = fitted.towers.user(torch.from_numpy(history), vectors)
        scores: Values = torch.einsum("nd,nkd->nk", user, vectors[torch.from_numpy(slates)]).numpy()
    return scores


def _rows_before(run: Run, held_out: Plays) -> Rows:
    """Returns the rows that are earlier than their user's held-out play."""
    until = np.full(len(run.user_ids), np.iinfo(np.int64).max)
    until[held_out.users] = held_out.times
    return run.rows.where(run.rows.times < until[run.rows.users])
