"""Each title's similar titles, found with the index."""

import faiss
import numpy as np

from agentbricks_trainer.data.array_types import Floats, Ints
from agentbricks_trainer.export.build_index import build_index
from agentbricks_trainer.export.similar_titles import SIMILAR, similar_titles
from tests.support.clustered_vectors import clustered


def test_similar_titles_are_the_nearest_others() -> None:
    vectors = clustered(50)
    index, _ = build_index(vectors, vectors)
    similar = similar_titles(index, vectors)
    assert similar.shape == (50, SIMILAR)
    assert similar.dtype == np.int32
    order = np.argsort(-(vectors @ vectors.T), axis=1)
    for row in range(50):
        expected = [other for other in order[row] if other != row][:SIMILAR]
        assert similar[row].tolist()[:-1] == expected[:-1]  # a title may not be among its own nearest titles
        assert row not in similar[row]


def test_few_titles_have_fewer_similar_ones_and_a_single_one_itself() -> None:
    vectors = clustered(3)
    index, _ = build_index(vectors, vectors)
    assert sorted(similar_titles(index, vectors)[0].tolist()) == [1, 2]
    single, _ = build_index(vectors[:1], vectors)
    assert similar_titles(single, vectors[:1]).tolist() == [[0]]


def test_a_title_alone_in_its_cell_gets_the_next_title() -> None:
    vectors = np.array([[1, 0], [10, 0], [0, 1]], np.float32)

    class AloneIndex(faiss.IndexFlatIP):
        """Returns the query itself as the only result."""

        def search(self, queries: Floats, count: int) -> tuple[Floats, Ints]:  # type: ignore[override]
            found = np.full((len(queries), count), -1)
            found[:, 0] = np.arange(len(queries))
            return queries, found

    assert similar_titles(AloneIndex(2), vectors).tolist() == [[1, 1], [2, 2], [0, 0]]
