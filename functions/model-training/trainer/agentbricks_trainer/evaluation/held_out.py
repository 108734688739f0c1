"""Separates a run's test plays, which are later than the split, from the plays that were known at the split."""

import numpy as np

from agentbricks_trainer.data.plays_as_columns import Plays
from agentbricks_trainer.data.run_data_classes import Run


def held_out(run: Run) -> tuple[Plays, Plays]:
    """Splits a run's plays by one time for all users, so that no model learns from a user's future.

    Returns:
        The plays that were known at the split, and the later plays by the same users of titles that were known at the
        split. No model can rank other titles, and users without a history have no personal ranking.
    """
    before, after = run.before_split.plays, run.plays.where(run.plays.times >= run.split_at)
    return before, after.where(run.at_split.title_known[after.titles] & np.isin(after.users, before.users))
