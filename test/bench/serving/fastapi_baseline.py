"""Serves slates with FastAPI, uvicorn, faiss-cpu and onnxruntime from the same model, index and table rows as ours.

    python fastapi_baseline.py PORT WORLD MODEL LOG

Each request does the same work as in our service: the user's rows, the user tower, 200 candidates near the user, 20
near the last three plays (from the model's list), 50 popular ones, the filter, the features, the ranker, 20 titles as
JSON, and the exposure in a log.
The log is SQLite without an fsync per commit. Our own log calls fsync at each commit.
"""

import json
import sqlite3
import sys
import time
import uuid
from pathlib import Path

import faiss
import numpy as np
import onnxruntime
import uvicorn
from fastapi import FastAPI
from fastapi.responses import ORJSONResponse

NEAR, LIKE_RECENT, POPULAR, SESSION = 200, 20, 50, 3
DAY = 86_400_000

port, world, model = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
manifest = json.loads((model / "manifest.json").read_text())
titles: list[str] = manifest["titles"]
row_of = {title: row for row, title in enumerate(titles)}
length = manifest["historyLength"]
faiss.omp_set_num_threads(1)
index = faiss.read_index(str(model / "index.faiss"))
similar = np.fromfile(model / "similar-titles.i32", np.int32).reshape(len(titles), -1)


def session(name: str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(model / name), options, providers=["CPUExecutionProvider"])


tower, ranker = session("user-tower.onnx"), session("model.onnx")
tables = sqlite3.connect(f"file:{world / 'tables.sqlite'}?mode=ro", uri=True)


def rows(pk: str) -> dict[str, dict]:
    return {sk: json.loads(item) for sk, item in tables.execute("SELECT sk, item FROM features WHERE pk = ?", (pk,))}


films, counted = rows("title"), rows("title-features")
names = [films[title]["name"] for title in titles]
released = np.array([films[title]["releasedAt"] for title in titles])
genre_number: dict[str, int] = {}
for film in films.values():
    for genre in film["genres"]:
        genre_number.setdefault(genre, len(genre_number))
membership = np.zeros((len(titles), len(genre_number)), np.float32)
for row, title in enumerate(titles):
    for genre in films[title]["genres"]:
        membership[row, genre_number[genre]] += 1 / len(films[title]["genres"])
counts = np.array(
    [[counted[title]["features"][name] for name in ("plays7d", "playsTotal", "meanRating")] for title in titles], np.float32
)
popular = np.argsort(-counts[:, 1], kind="stable")[:POPULAR]
log = sqlite3.connect(sys.argv[4], isolation_level=None)
log.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE exposures (id TEXT PRIMARY KEY, exposure TEXT);")
app = FastAPI()


@app.get("/v1/recommendations")
async def recommend(userId: str, k: int = 20) -> ORJSONResponse:
    mine = rows(f"user#{userId}")
    profile, features = mine["profile"], mine["features"]
    history = np.zeros((1, length), np.int64)
    played = [row_of[title] for title in profile["seen"][: len(profile["seenAt"])]][:length]
    history[0, : len(played)] = np.array(played) + 1
    vector = tower.run(None, {"history": history})[0]
    near = index.search(vector, NEAR)[1][0]
    like = similar[played[:SESSION], : -(-LIKE_RECENT // SESSION)].T.ravel()
    seen = {row_of[title] for title in profile["seen"]}
    found = np.array([row for row in dict.fromkeys([*near.tolist(), *like.tolist(), *popular.tolist()]) if row not in seen])
    now = int(time.time() * 1000)
    share = np.zeros(len(genre_number), np.float32)
    for genre, value in features["genreShare"].items():
        share[genre_number[genre]] = value
    known = features["features"]
    matrix = np.empty((len(found), 8), np.float32)
    matrix[:, :3] = known["plays7d"], known["playsTotal"], known["meanRating"]
    matrix[:, 3:6] = counts[found]
    matrix[:, 6] = (now - released[found]) / DAY
    matrix[:, 7] = membership[found] @ share
    pairs = {"vectors": vector, "user": np.zeros(len(found), np.int64), "titles": found + 1, "features": matrix}
    scores = ranker.run(None, pairs)[0]
    best = np.argsort(-scores)[:k]
    items = [
        {"titleId": titles[row], "score": float(scores[at]), "source": "index", "position": place, "propensity": 1, "name": names[row]}
        for place, (at, row) in enumerate(zip(best.tolist(), found[best].tolist()), 1)
    ]
    request_id = str(uuid.uuid4())
    exposure = {"requestId": request_id, "userId": userId, "occurredAt": now, "policy": "model", "items": items}
    log.execute("INSERT INTO exposures VALUES (?, ?)", (request_id, json.dumps(exposure)))
    return ORJSONResponse({**exposure, "modelVersion": manifest["version"], "degraded": None})


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)
