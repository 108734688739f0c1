"""Random vectors for tests of the vector index."""

import numpy as np

from agentbricks_trainer.data.array_types import Floats

DIMENSIONS = 8


def clustered(count: int, seed: int = 1) -> Floats:
    """Vectors around a few centres, of different lengths, so that inner product and distance rank differently."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((20, DIMENSIONS))
    vectors = centres[random.integers(0, 20, count)] + 0.3 * random.standard_normal((count, DIMENSIONS))
    scaled: Floats = (vectors * random.uniform(0.5, 2, (count, 1))).astype(np.float32)
    return scaled
