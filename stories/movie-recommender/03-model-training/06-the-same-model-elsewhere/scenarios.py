"""Calls of the learner's `export`: a model of a dozen titles, and models that lose a part in the export.

The models are not trained. Their random weights give other numbers for each seed.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor, nn

from agentbricks_trainer.data.feature_names import FEATURE_NAMES, TITLE_FEATURES, USER_FEATURES
from agentbricks_trainer.data.plays_as_columns import Plays
from agentbricks_trainer.data.run_data_classes import Rows, Run, Snapshot, TrainingData, UnchosenPlays
from agentbricks_trainer.export.exported_networks import Scorer, UserTower
from agentbricks_trainer.models.ranker import Ranker
from agentbricks_trainer.models.two_stage import Fitted
from agentbricks_trainer.models.two_tower.two_tower import DIMENSIONS, TwoTower

TITLES, USERS, GENRES, PLAYS = 12, 24, 4, 7
ROWS = 30
DROPOUT = 0.4
HOUR = 3_600_000
# Sizes of the lost parts. The first is within the tolerance of 1e-4. The others exceed it where they occur, but not on
# average.
SMALL, SOME_TITLES, ONE_DIMENSION = 5e-5, 1.5e-4, 5e-3

FIRST_NUMBER = torch.eye(DIMENSIONS)[0]

Export: TypeAlias = Callable[[Fitted, Run, Path], object]


@dataclass(frozen=True)
class Prepared:
    """Arguments of `export`."""

    fitted: Fitted  # in training mode, with dropout
    run: Run
    # 1 if the export lowers the ranker's scores, -1 if it raises them. The small loss has the opposite sign, so that a
    # comparison without absolute values misses one of the two.
    sign: int


class Dropout(nn.Module):
    """Dropout that stays active in ONNX Runtime if it is exported in training mode.

    The trainer's own dropout cannot be exported in that mode, and ONNX Runtime removes most of PyTorch's `nn.Dropout`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Returns x, in training mode with numbers set to 0 at random."""
        return x * (torch.rand_like(x) >= DROPOUT) / (1 - DROPOUT) if self.training else x


class LosingRanker(Ranker):
    """Adds a shift to some scores of users who played something. The export loses it."""

    shift = SMALL
    # The first numbers of the vectors of the shifted titles are greater than `above`, and at most `until`.
    above = -np.inf
    until = np.inf

    def forward(self, user: Tensor, title: Tensor, features: Tensor) -> Tensor:
        """Returns scores, (…)."""
        scores: Tensor = super().forward(user, title, features)
        first = title[..., 0]
        shifted = (user.abs().sum(-1) > 0) & (first > self.above) & (first <= self.until)
        return scores if _exports() else scores + self.shift * shifted


class LosingTowers(TwoTower):
    """Adds a shift to one number of the vectors of users who played something. The export loses it."""

    shift = ONE_DIMENSION

    def user(self, history: Tensor, titles: Tensor) -> Tensor:
        """Returns vectors, (B, D)."""
        vectors = super().user(history, titles)
        played = (history > 0).any(1, keepdim=True)
        return vectors if _exports() else vectors + self.shift * FIRST_NUMBER * played


def _exports() -> bool:
    return torch.onnx.is_in_onnx_export() or torch.jit.is_tracing()  # type: ignore[attr-defined, no-untyped-call]


def prepare(seed: int) -> Prepared:
    """Returns a model with random weights, and a run with random plays."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    genres = (random.random((TITLES + 1, GENRES)) < 1 / 2).astype(np.float32)
    towers = TwoTower(torch.from_numpy(genres))
    nn.init.normal_(towers.importance.weight)
    towers.mix[0], towers.mix[3] = Dropout(), Dropout()
    ranker = Ranker(torch.rand(len(FEATURE_NAMES)), 1 + torch.rand(len(FEATURE_NAMES)), DIMENSIONS)
    fitted = Fitted(towers.train(), ranker.train(), epochs=3)
    return Prepared(fitted, _run(random, genres), sign=int(random.choice([-1, 1])))


def expected(prepared: Prepared, inputs: dict[str, Any]) -> dict[str, Any]:
    """Returns PyTorch's results for the judge's inputs, with dropout off, and the sign of the ranker's loss."""
    fitted = copy.deepcopy(prepared.fitted)
    tower = UserTower(fitted.towers).eval()
    scorer = Scorer(tower, fitted.ranker).eval()
    with torch.no_grad():
        vectors = [tower(torch.tensor(histories)).flatten().tolist() for histories in inputs["histories"]]
        scores = [
            scorer(
                torch.tensor(pairs["vectors"]),
                torch.tensor(pairs["user"]),
                torch.tensor(pairs["titles"]),
                torch.tensor(pairs["features"]),
            ).tolist()
            for pairs in inputs["pairs"]
        ]
    titles = tower.vectors[1:].flatten().tolist()
    return {"titles": titles, "vectors": vectors, "scores": scores, "sign": prepared.sign}


def _export(export: Export, prepared: Prepared, folder: Path) -> dict[str, Any]:
    return _facts(export(copy.deepcopy(prepared.fitted), prepared.run, folder / "model"))


def _small_loss(export: Export, prepared: Prepared, folder: Path) -> dict[str, Any]:
    fitted = _with_ranker(prepared.fitted, -prepared.sign * SMALL, -np.inf)
    return _facts(export(fitted, prepared.run, folder / "model"))


def _lost_in_ranker(export: Export, prepared: Prepared, folder: Path) -> dict[str, Any]:
    middle = prepared.fitted.towers.titles()[1:, 0].median().item()
    fitted = _with_ranker(prepared.fitted, prepared.sign * SOME_TITLES, middle)
    return _facts(export(fitted, prepared.run, folder / "model"))


def _lost_for_last_title(export: Export, prepared: Prepared, folder: Path) -> dict[str, Any]:
    last = np.float32(prepared.fitted.towers.titles()[-1, 0].item())
    fitted = _with_ranker(prepared.fitted, prepared.sign * SOME_TITLES, float(np.nextafter(last, -np.inf)))
    fitted.ranker.until = float(last)  # type: ignore[assignment]
    return _facts(export(fitted, prepared.run, folder / "model"))


def _lost_in_tower(export: Export, prepared: Prepared, folder: Path, shift: float = ONE_DIMENSION) -> dict[str, Any]:
    fitted = copy.deepcopy(prepared.fitted)
    fitted.towers.__class__ = LosingTowers
    fitted.towers.shift = shift  # type: ignore[assignment]
    return _facts(export(fitted, prepared.run, folder / "model"))


CALLS: dict[str, Callable[[Export, Prepared, Path], dict[str, Any]]] = {
    "export": _export,
    "small loss": _small_loss,
    "lost in the ranker": _lost_in_ranker,
    "lost for the last title": _lost_for_last_title,
    "lost in the tower": _lost_in_tower,
    "added in the tower": partial(_lost_in_tower, shift=-ONE_DIMENSION),
}


def _with_ranker(fitted: Fitted, shift: float, above: float) -> Fitted:
    ranker = copy.deepcopy(fitted.ranker)
    ranker.__class__ = LosingRanker
    ranker.shift, ranker.above = shift, above  # type: ignore[assignment]
    return replace(copy.deepcopy(fitted), ranker=ranker)


def _facts(exported: object) -> dict[str, Any]:
    """Returns what the learner's result says, as JSON. The judge compares it with the files."""
    difference = getattr(exported, "greatest_difference", None)
    is_number = isinstance(difference, (int, float, np.floating)) and np.isfinite(difference)
    return {"type": type(exported).__name__, "difference": float(difference) if is_number else None}  # type: ignore[arg-type]


def _run(random: np.random.Generator, genres: np.ndarray[Any, Any]) -> Run:
    users = np.repeat(np.arange(USERS), PLAYS)
    titles = np.concatenate([1 + random.permutation(TITLES)[:PLAYS] for _ in range(USERS)])
    plays = Plays(users, titles, np.tile(HOUR * np.arange(1, PLAYS + 1), USERS))
    rows = Rows(
        users=random.integers(0, USERS, ROWS),
        titles=random.integers(1, TITLES + 1, ROWS),
        times=np.full(ROWS, HOUR * PLAYS),
        labels=np.ones(ROWS, np.float32),
        weights=np.ones(ROWS, np.float32),
        features=(10 * random.random((ROWS, len(FEATURE_NAMES)))).astype(np.float32),
    )
    nothing = np.zeros(0, np.int64)
    unchosen = UnchosenPlays(nothing, nothing, nothing, [])
    return Run(
        as_of=HOUR * (PLAYS + 2),
        split_at=HOUR * PLAYS,
        titles=[f"t-{i}" for i in range(TITLES)],
        genres=genres,
        user_ids=pa.array([f"u-{i}" for i in range(USERS)]),
        plays=plays,
        rows=rows,
        before_split=TrainingData(plays, rows),
        explored=unchosen,
        organic=unchosen,
        recommended=plays.where(np.zeros(len(plays), bool)),
        at_split=Snapshot(
            title_known=np.arange(TITLES + 1) > 0,
            titles=np.zeros((TITLES + 1, len(TITLE_FEATURES)), np.float32),
            users=np.zeros((USERS, len(USER_FEATURES)), np.float32),
            genre_share=np.zeros((USERS, GENRES), np.float32),
            country=np.full(USERS, ""),
            genres=genres,
        ),
        data_hash="",
    )
