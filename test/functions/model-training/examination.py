"""Checks the trainer's sampling, leave-one-out and gate against plain loops. Prints JSON."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
import torch

from agentbricks_trainer.evaluation import leave_one_out, metrics
from agentbricks_trainer.evaluation.gate import evidence as gate
from agentbricks_trainer.evaluation.gate.champion import Champion
from agentbricks_trainer.data.run import Known, Plays, Rows, Run, Snapshot, Unchosen
from agentbricks_trainer.evaluation.evaluate import CANDIDATE, LOG_RANK, POPULAR, Evaluation, evaluate
from agentbricks_trainer.models.neumf.neumf import unplayed
from agentbricks_trainer.models.two_tower.windows import Negatives
from agentbricks_trainer.models.ranker import _deviation

WORLDS = 300
MOMENTS = 5
NOBODY = np.zeros(0, np.int64)


def world(random: np.random.Generator) -> tuple[Plays, int]:
    """A few plays of a few titles, with many ties in time; and how many titles there are."""
    users, titles = random.integers(1, 5), random.integers(1, 7)
    pairs = [(u, t) for u in range(users) for t in range(1, titles + 1) if random.random() < 0.6] or [(0, 1)]
    rows = sorted((u, int(random.integers(0, MOMENTS)), t) for u, t in pairs)
    user, time, title = (np.array(column) for column in zip(*rows, strict=True))
    return Plays(user, title, time), titles


def played_by(plays: Plays, user: int, time: int) -> set[int]:
    """What a user had played by a time, inclusive."""
    return {int(t) for u, t, at in zip(plays.users, plays.titles, plays.times, strict=True) if u == user and at <= time}


def neumf_mismatches(random: np.random.Generator) -> tuple[int, int]:
    """Samples that the rule forbids, and samples that the user plays later."""
    wrong = later = 0
    for _ in range(WORLDS):
        plays, titles = world(random)
        users, times = random.choice(plays.users, 50), random.integers(-1, MOMENTS + 1, 50)
        for user, time, item in zip(users, times, unplayed(plays, users, times, titles, random), strict=True):
            done = played_by(plays, user, time)
            wrong += int(item in done or (item == 0) != (len(done) == titles))
            later += int(item in played_by(plays, user, MOMENTS) - done)
    return wrong, later


def two_tower_mismatches(random: np.random.Generator) -> int:
    """Cells of the forbidden matrix that differ from the rule: forbidden are items that the user, or no user, had played by then."""
    wrong = 0
    for _ in range(WORLDS):
        plays, titles = world(random)
        negatives = Negatives(plays, titles + 1, 4, 4, torch.device("cpu"))
        users = torch.from_numpy(np.unique(plays.users))
        window, times = random.integers(0, len(users), 20), random.integers(0, MOMENTS + 1, 20)
        drawn = random.integers(1, titles + 1, 9)
        room = int(negatives.counts[users].sum())
        args = (torch.from_numpy(drawn), users, room, torch.from_numpy(times), torch.from_numpy(window))
        found = negatives.forbidden(*args).numpy()
        for row, (at, time) in enumerate(zip(window, times, strict=True)):
            out = {int(t) for t, when in zip(plays.titles, plays.times, strict=True) if when <= time}
            taken = played_by(plays, int(users[at]), time)
            wrong += sum(bool(found[row, m]) != (item in taken or item not in out) for m, item in enumerate(drawn))
    return wrong


def last_plays(random: np.random.Generator) -> dict[str, float]:
    """How often each play is the one that is held out. User 0 played thrice at the last moment, user 1 once in all."""
    plays = Plays(np.array([0, 0, 0, 0, 1]), np.array([1, 2, 3, 4, 1]), np.array([1, 2, 2, 2, 5]))
    held_out = np.mean([leave_one_out.last_plays(plays, random) for _ in range(3000)], axis=0)
    return dict(zip(("first", "a", "b", "c", "alone"), held_out, strict=True))


def positions(random: np.random.Generator) -> float:
    """The greatest deviation of both ranks from their means over all orders of the tied titles."""
    worst = 0.0
    for _ in range(WORLDS):
        scores, title = random.integers(0, 3, 8).astype(float), 3
        pool = random.random(8) < 0.8
        pool[title] = False
        others = scores[pool]
        above, ties = int((others > scores[title]).sum()), int((others == scores[title]).sum())
        ranks = np.arange(above + 1, above + ties + 2)
        expected = (1 - (ranks.mean() - 1) / max(1, len(others)), -np.log(ranks).mean())
        worst = max(worst, *np.abs(np.subtract(metrics.position(scores, pool, title), expected)))
    return float(worst)


def few_titles(random: np.random.Generator) -> float:
    """Hit rate at 10 among six negatives: padding must not compete."""
    slates = np.tile(np.array([1, 2, 3, 4, 5, 6, 7] + [0] * 93), (50, 1))
    scores = np.where(slates > 0, -1.0, 5.0)
    return float(leave_one_out._of_slates(scores, slates, random)[f"hitRate@{metrics.K}"].mean())


def run_of(split_at: int, plays: Plays) -> Run:
    rows = Rows(*(NOBODY,) * 5, np.zeros((0, 8)))
    nothing = Unchosen(NOBODY, NOBODY, NOBODY, [])
    snapshot = Snapshot(np.zeros(1, bool), np.zeros((1, 4)), np.zeros((1, 3)), np.zeros((1, 1)), np.array([""]), np.zeros((1, 1)))
    return Run(10, split_at, ["a"], np.zeros((2, 1)), None, plays, rows, Known(plays, rows), nothing, nothing, plays, snapshot, "")


def after_a_slate() -> dict[str, float | None]:
    """The lower end of the gate's interval where the incumbent's first choice was played from a slate before the play that counts, and where it was not."""
    users = np.arange(40)
    known, explored = users * 0 + 3, users * 0 + 2
    found = {}
    for name, played_at in (("before", 10), ("after", 30)):
        everything = Plays(np.repeat(users, 3), np.tile([3, 1, 2], 40), np.tile([1, played_at, 20], 40))
        by_chance = Unchosen(users, explored, users * 0 + 20, [np.zeros(0, np.int64)] * 40)
        snapshot = Snapshot(
            np.array([False, True, True, True]), np.zeros((4, 4)), np.zeros((40, 3)), np.zeros((40, 1)), np.full(40, ""), np.zeros((4, 1))
        )
        earlier = Known(Plays(users, known, users * 0 + 1), Rows(*(NOBODY,) * 5, np.zeros((0, 8))))
        run = replace(run_of(5, everything), titles=["a", "b", "c"], user_ids=users, earlier=earlier, explored=by_chance, at_split=snapshot)
        run = replace(run, recommended=Plays(np.repeat(users, 2), np.tile([1, 2], 40), np.tile([played_at, 20], 40)))
        scores = {CANDIDATE: [0, 1, 2, 0], POPULAR: [0, 2, 1, 0]}
        scorers = {who: partial(_same_for_all, np.array(of, float)) for who, of in scores.items()}
        evaluation = evaluate(run, scorers, 1)
        found[name] = gate.evidence(evaluation, None, None, 1).get("difference", {}).get("low")
    return found


def _same_for_all(scores: np.ndarray, users: np.ndarray, _: np.ndarray) -> np.ndarray:
    return np.tile(scores, (len(users), 1))


def champions() -> dict[str, str | None]:
    """Why the test cannot decide, by where the champion's data end; the test begins at 5, and the candidate's last play is at 4."""
    run = run_of(5, Plays(np.array([0, 0]), np.array([1, 2]), np.array([1, 4])))
    ends = {"before": 3, "at the last play": 4, "after the last play": 5, "in the test": 6}
    return {name: gate.not_comparable(run, Champion("v", end, None)) for name, end in ends.items()}


def evidence(users: int, champion: Champion | None = None) -> dict:
    """The gate's evidence when this many users have unchosen plays. The candidate leads popularity by 0.5 and the champion by 0.25."""
    means = {CANDIDATE: 0.75, POPULAR: 0.25, gate.CHAMPION: 0.5}
    values = {who: {LOG_RANK: np.full(users, mean)} for who, mean in means.items()}
    by_protocol = {"unchosen": values} if users else {}
    return gate.evidence(Evaluation(by_protocol, users, NOBODY), champion, None, 1)


random = np.random.default_rng(1)
wrong, later = neumf_mismatches(random)
constant = torch.tensor([[1.0, 9.9], [2.0, 9.9], [4.0, 9.9001]])
print(
    json.dumps(
        {
            "neumf": {"wrong": wrong, "later": later},
            "twoTower": two_tower_mismatches(random),
            "lastPlays": last_plays(random),
            "fewTitles": few_titles(random),
            "positions": positions(random),
            "afterASlate": after_a_slate(),
            "champions": champions(),
            "evidence": {
                "overPopularity": evidence(30),
                "overChampion": evidence(30, Champion("v", 1, None)),
                "tooFew": evidence(29),
                "none": evidence(0),
            },
            "deviations": _deviation(constant).tolist(),
        }
    )
)
