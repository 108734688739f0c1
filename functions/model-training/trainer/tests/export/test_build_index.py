"""The vector index: exact for few items, otherwise with the recall that was asked for."""

import faiss
import numpy as np
import pytest

from agentbricks_trainer.data.array_types import Floats
from agentbricks_trainer.export import build_index as subject
from agentbricks_trainer.export.build_index import build_index
from tests.support.clustered_vectors import DIMENSIONS, clustered


def exact(vectors: Floats, queries: Floats, k: int) -> list[set[int]]:
    return [set(row.tolist()) for row in np.argsort(-(queries @ vectors.T), axis=1)[:, :k]]


def recall_of(index: faiss.Index, vectors: Floats, queries: Floats, k: int) -> float:
    found = index.search(queries, k)[1]
    truth = exact(vectors, queries, k)
    return float(np.mean([len(set(row.tolist()) & best) / k for row, best in zip(found, truth, strict=True)]))


def test_few_items_have_an_exact_index_by_inner_product() -> None:
    vectors, queries = clustered(300), clustered(20, seed=2)
    index, facts = build_index(vectors, queries)
    assert facts.kind == "flat"
    assert recall_of(index, vectors, queries, 10) == 1


def test_many_items_have_an_inverted_file_with_the_least_probes_that_reach_the_recall(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subject, "EXACT_UP_TO", 1000)
    vectors, queries = clustered(6000), clustered(60, seed=2)
    index, facts = build_index(vectors, queries)
    assert (facts.kind, facts.cells) == ("ivf", 128)
    assert 1 < facts.probes < 64
    assert isinstance(index, faiss.IndexIVFFlat)
    assert (index.nprobe, index.metric_type) == (facts.probes, faiss.METRIC_INNER_PRODUCT)
    found = recall_of(index, vectors, queries, 200)
    assert found == pytest.approx(facts.recall, abs=1e-3)
    assert found >= 0.98
    index.nprobe = facts.probes - 1
    assert recall_of(index, vectors, queries, 200) < 0.98


def test_the_same_vectors_make_the_same_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "EXACT_UP_TO", 1000)
    vectors, queries = clustered(2000), clustered(30, seed=2)
    one, other = (faiss.serialize_index(build_index(vectors, queries)[0]) for _ in range(2))
    assert np.array_equal(one, other)


def test_an_index_that_cannot_reach_the_recall_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "EXACT_UP_TO", 1000)
    monkeypatch.setattr(subject, "LEAST_RECALL", 1.1)
    _, facts = build_index(clustered(1500), clustered(10, seed=2))
    assert facts.as_manifest() == {"kind": "flat", "cells": 1, "probes": 1, "recall": 1.0}


def test_without_queries_the_index_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "EXACT_UP_TO", 10)
    _, facts = build_index(clustered(50), np.zeros((0, DIMENSIONS), np.float32))
    assert facts.kind == "flat"
