"""Measures T-RECS, a simulator of recommenders and users: sessions per second, with slates of 20 of 1,000 titles."""

import json
import sys
import time
import types
import warnings

# T-RECS imports lenskit, which cannot be built here. The popularity recommender does not use it.
for name in ("lenskit", "lenskit.algorithms"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["lenskit.algorithms"].als = types.ModuleType("als")

from trecs.models import PopularityRecommender  # noqa: E402

STEPS = 3
warnings.simplefilter("ignore")

users = int(sys.argv[1])
world = PopularityRecommender(num_users=users, num_items=1_000, num_items_per_iter=20, seed=1)
started = time.perf_counter()
world.run(timesteps=STEPS)
print(json.dumps({"sessionsPerSecond": users * STEPS / (time.perf_counter() - started)}))
