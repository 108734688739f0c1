"""Export of a model."""

from dataclasses import replace
from pathlib import Path

import faiss
import numpy as np
import onnx
import pytest
import torch
from torch import nn

from agentbricks_trainer.data.run_data_classes import Run
from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.export.export import TOLERANCE, export
from agentbricks_trainer.export.model_file_names import FILES, INDEX, MODEL, SIMILAR, USER_TOWER, VECTORS
from agentbricks_trainer.export.onnx_session import session
from agentbricks_trainer.models.ranker import Ranker
from agentbricks_trainer.models.two_stage import Fitted
from agentbricks_trainer.models.two_tower.cut_plays_into_windows import HISTORY_LENGTH
from agentbricks_trainer.models.two_tower.two_tower import DIMENSIONS

TITLES = 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, fitted: Fitted, small_run: Run) -> Path:
    """The files of the small run's model."""
    folder = tmp_path_factory.mktemp("export") / "new"
    exported = export(fitted, small_run, folder)
    assert exported.greatest_difference <= TOLERANCE
    assert exported.index.as_manifest() == {"kind": "flat", "cells": 1, "probes": 1, "recall": 1.0}
    return folder


def test_all_files_are_written(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES.values())


@pytest.mark.parametrize("users", [1, 2, 16])
def test_the_user_tower_gives_pytorchs_vectors_for_any_number_of_users(
    folder: Path, fitted: Fitted, small_run: Run, users: int
) -> None:
    history = small_run.plays.history(np.arange(users), np.full(users, small_run.as_of), HISTORY_LENGTH)
    (found,) = session(folder / USER_TOWER).run(None, {"history": history})
    with torch.no_grad():
        expected = fitted.towers.user(torch.from_numpy(history), fitted.towers.titles()).numpy()
    assert found.shape == (users, DIMENSIONS)
    assert np.abs(found - expected).max() <= TOLERANCE


@pytest.mark.parametrize("pairs", [1, 2, 16])
def test_the_model_gives_pytorchs_scores_for_any_number_of_pairs(
    folder: Path, fitted: Fitted, small_run: Run, pairs: int
) -> None:
    random = np.random.default_rng(1)
    vectors = random.standard_normal((3, DIMENSIONS)).astype(np.float32)
    user, titles = random.integers(0, 3, pairs), random.integers(1, TITLES + 1, pairs)
    features = small_run.rows.features[:pairs]
    inputs = {"vectors": vectors, "user": user, "titles": titles, "features": features}
    (found,) = session(folder / MODEL).run(None, inputs)
    with torch.no_grad():
        of_titles = fitted.towers.titles()[torch.from_numpy(titles)]
        expected = fitted.ranker(torch.from_numpy(vectors[user]), of_titles, torch.from_numpy(features)).numpy()
    assert found.shape == (pairs,)
    assert np.abs(found - expected).max() <= TOLERANCE


def test_vectors_are_those_of_the_titles_without_padding(folder: Path, fitted: Fitted) -> None:
    vectors = np.fromfile(folder / VECTORS, np.float32).reshape(-1, DIMENSIONS)
    assert vectors.shape == (TITLES, DIMENSIONS)
    assert np.allclose(vectors, fitted.towers.titles()[1:].detach().numpy(), atol=1e-6)


def test_the_index_finds_the_greatest_inner_products(folder: Path) -> None:
    vectors = np.fromfile(folder / VECTORS, np.float32).reshape(-1, DIMENSIONS)
    index = faiss.read_index(str(folder / INDEX))
    query = np.random.default_rng(1).standard_normal((5, DIMENSIONS)).astype(np.float32)
    found = index.search(query, 7)[1]
    assert np.array_equal(found, np.argsort(-(query @ vectors.T), axis=1)[:, :7])
    assert (folder / SIMILAR).stat().st_size == TITLES * 20 * 4


def test_gelu_is_one_operator_and_dropout_is_gone(folder: Path) -> None:
    operators = [node.op_type for node in onnx.load(folder / USER_TOWER).graph.node]
    assert "Gelu" in operators
    assert not {"Dropout", "RandomUniform", "Erf"} & set(operators)


def test_a_model_that_the_export_changes_is_rejected(tmp_path: Path, fitted: Fitted, small_run: Run) -> None:
    class Forgetful(Ranker):
        """Adds 1 to the scores, except during the export."""

        calls = 0

        def forward(self, user: torch.Tensor, title: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
            scores: torch.Tensor = super().forward(user, title, features)
            return scores if torch.onnx.is_in_onnx_export() else scores + 1

    ranker = Forgetful(fitted.ranker.mean, fitted.ranker.deviation, DIMENSIONS)
    ranker.load_state_dict(fitted.ranker.state_dict())
    assert isinstance(ranker, nn.Module)
    with pytest.raises(TrainerError, match=r"ONNX and PyTorch differ by 1\.00e\+00"):
        export(replace(fitted, ranker=ranker.eval()), small_run, tmp_path)


def test_a_run_without_rows_is_checked_with_features_of_0(tmp_path: Path, fitted: Fitted, small_run: Run) -> None:
    none = small_run.rows.where(np.zeros(len(small_run.rows), bool))
    assert export(fitted, replace(small_run, rows=none), tmp_path).greatest_difference <= TOLERANCE
