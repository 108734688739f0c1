"""Trains RecBole's BPR or NeuMF with default settings on the same files: `recbole_baseline.py MODEL FOLDER`.

RecBole decides when to stop, with a validation split of the training plays. The time is that of `fit`; hit rate and NDCG are
computed over the negatives of the files. Prints JSON.
"""

import json
import logging
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

# Allows torch to load pickled checkpoints, because RecBole itself has just written them.
torch.load = lambda *args, load=torch.load, **options: load(*args, **{**options, "weights_only": False})

from recbole.config import Config  # noqa: E402
from recbole.data import create_dataset, data_preparation  # noqa: E402
from recbole.data.interaction import Interaction  # noqa: E402
from recbole.utils import get_model, get_trainer, init_seed  # noqa: E402

K = 10
THREADS = 2
model_name, folder = sys.argv[1], Path(sys.argv[2])
torch.set_num_threads(THREADS)
work = Path(tempfile.mkdtemp())
(work / "plays").mkdir()
header = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
(work / "plays/plays.inter").write_text(header + (folder / "train.tsv").read_text())
config = Config(
    model=model_name,
    dataset="plays",
    config_dict={
        "data_path": str(work),
        "checkpoint_dir": str(work / "saved"),
        "use_gpu": False,
        "show_progress": False,
        "state": "ERROR",
        "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
        "eval_args": {"split": {"LS": "valid_only"}, "order": "TO", "group_by": "user", "mode": "uni99"},
        "metrics": ["NDCG"],
        "topk": [K],
        "valid_metric": f"NDCG@{K}",
    },
)
logging.disable(logging.WARNING)
init_seed(config["seed"], config["reproducibility"])
data = create_dataset(config)
train, valid, _ = data_preparation(config, data)
model = get_model(config["model"])(config, train.dataset)
trainer = get_trainer(config["MODEL_TYPE"], config["model"])(config, model)
began = time.perf_counter()
trainer.fit(train, valid, saved=True, verbose=False, show_progress=False)
seconds = time.perf_counter() - began
model.load_state_dict(torch.load(trainer.saved_model_file)["state_dict"])
model.eval()

known_users, known_items = data.field2token_id["user_id"], data.field2token_id["item_id"]
hits: list[float] = []
gains: list[float] = []
for line in (folder / "negatives.tsv").read_text().splitlines():
    pair, *others = line.split("\t")
    user, item = pair.strip("()").split(",")
    # Items without a training play cannot be scored and rank last.
    scores = np.full(1 + len(others), -np.inf)
    rows = [i for i, name in enumerate([item, *others]) if name in known_items]
    if user in known_users and rows:
        names = [item, *others]
        asked = {
            "user_id": torch.full((len(rows),), known_users[user]),
            "item_id": torch.tensor([known_items[names[i]] for i in rows]),
        }
        with torch.no_grad():
            scores[rows] = model.predict(Interaction(asked)).numpy()
    # Ties count against the held-out item.
    place = int((scores[1:] >= scores[0]).sum())
    hits.append(float(place < K))
    gains.append(1 / np.log2(place + 2) if place < K else 0.0)
print(json.dumps({"trainSeconds": seconds, "hr": float(np.mean(hits)), "ndcg": float(np.mean(gains))}))
