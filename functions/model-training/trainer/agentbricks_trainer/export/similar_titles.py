"""Finds the titles nearest to each title, for "because you watched"."""

import faiss
import numpy as np
from numpy.typing import NDArray

from agentbricks_trainer.data.array_types import Floats

# Number of similar titles to store per title. The titles similar to a user's last three plays fill a slate of twenty.
SIMILAR = 20


def similar_titles(index: faiss.Index, vectors: Floats) -> NDArray[np.int32]:
    """Returns the rows of the titles nearest to each title, nearest first, without the title itself.

    Args:
        index: Index of the vectors.
        vectors: Vectors of all titles, (C, D).

    Returns:
        Rows of titles, (C, min(SIMILAR, C − 1)). If the index finds fewer, the last row is repeated. The only title of
        a catalogue gets its own row.
    """
    wanted = max(1, min(SIMILAR, len(vectors) - 1))
    found = index.search(vectors, wanted + 1)[1]
    similar = np.zeros((len(vectors), wanted), np.int32)
    for row, near in enumerate(found):
        others = near[(near != row) & (near >= 0)][:wanted]
        # An inverted file may inspect no cell with another title. In that case, the title of the next row is used.
        others = others if len(others) else np.array([(row + 1) % len(vectors)])
        similar[row] = np.pad(others, (0, wanted - len(others)), mode="edge")
    return similar
