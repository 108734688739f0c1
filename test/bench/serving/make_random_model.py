"""Makes a model of the benchmark's size with the trainer's export: `make_random_model.py FOLDER TITLES`.

Prints the manifest. The weights are random, because they do not change the cost of a request.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch

from agentbricks_trainer.data.feature_names import FEATURE_NAMES
from agentbricks_trainer.data.plays_as_columns import Plays
from agentbricks_trainer.data.run_data_classes import Rows, Run, Snapshot, TrainingData, UnchosenPlays
from agentbricks_trainer.export.export import export
from agentbricks_trainer.export.write_manifest import write_manifest
from agentbricks_trainer.models.ranker import Ranker
from agentbricks_trainer.models.two_stage import Fitted
from agentbricks_trainer.models.two_tower.two_tower import DIMENSIONS, TwoTower
from agentbricks_trainer.models.two_tower.cut_plays_into_windows import HISTORY_LENGTH

GENRES = 20
USERS = 1_000
# Any time, UTC epoch milliseconds: no measurement depends on it.
SOME_DAY = 1_767_225_600_000
INTERVAL = {"value": 0.0, "low": 0.0, "high": 0.0}

folder, titles = Path(sys.argv[1]), int(sys.argv[2])
torch.manual_seed(0)
random = np.random.default_rng(0)
genres = np.zeros((titles + 1, GENRES), np.float32)
genres[np.arange(1, titles + 1), random.integers(0, GENRES, titles)] = 1
towers = TwoTower(torch.from_numpy(genres))
# The vectors form clusters, as trained ones do, so that an inverted file has cells to find.
centres = torch.randn(titles // 100 + 1, DIMENSIONS)
with torch.no_grad():
    towers.identity.weight[1:] = centres[torch.randint(len(centres), (titles,))] + 0.5 * torch.randn(titles, DIMENSIONS)
features = len(FEATURE_NAMES)
ranker = Ranker(torch.ones(features), torch.ones(features), DIMENSIONS)
plays = Plays(
    np.repeat(np.arange(USERS), HISTORY_LENGTH),
    random.integers(1, titles + 1, USERS * HISTORY_LENGTH),
    np.tile(np.arange(HISTORY_LENGTH), USERS),
)
none = np.zeros(0, np.int64)
rows = Rows(none, none, none, none, none, np.zeros((0, features), np.float32))
unchosen = UnchosenPlays(none, none, none, [])
run = Run(
    as_of=SOME_DAY,
    split_at=SOME_DAY,
    titles=[f"t-{i}" for i in range(titles)],
    genres=genres,
    user_ids=pa.array([f"u-{i}" for i in range(USERS)]),
    plays=plays,
    rows=rows,
    before_split=TrainingData(plays, rows),
    explored=unchosen,
    organic=unchosen,
    recommended=plays,
    at_split=Snapshot(
        title_known=np.ones(titles + 1, bool),
        titles=np.zeros((titles + 1, 4)),
        users=np.zeros((USERS, 3)),
        genre_share=np.zeros((USERS, GENRES)),
        country=np.full(USERS, ""),
        genres=genres,
    ),
    data_hash="0" * 64,
)
exported = export(Fitted(towers.eval(), ranker.eval(), 1), run, folder)
facts = {
    "trainedAt": SOME_DAY,
    "asOf": run.as_of,
    "dataHash": run.data_hash,
    "codeCommit": "bench",
    "seed": 0,
    "titles": run.titles,
    "rows": {"train": 0, "test": 0, "users": USERS, "titles": titles},
    "metrics": {},
    "gate": {"metric": "none", "incumbent": "popular", "difference": INTERVAL},
    "onnxMaxDifference": exported.greatest_difference,
    "index": exported.index.as_manifest(),
}
print(json.dumps(write_manifest(folder, facts)))
