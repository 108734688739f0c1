"""Joins the same labels to the same feature rows, point-in-time, with pandas or Feast.

Reads one command per line from stdin, so that imports and registration are not timed: `pandas`, `feast-default` or
`feast-duckdb`. Prints `{"seconds", "rows", "checksum"}`. The time includes reading feature rows from Parquet, as in our join;
Feast receives the labels as the data frame that it requires.
"""

import json
import logging
import os
import sys
import tempfile
import time
import warnings

os.environ["FEAST_USAGE"] = "False"
warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import pandas as pd  # noqa: E402
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig  # noqa: E402
from feast.types import Float64  # noqa: E402
from feast.value_type import ValueType  # noqa: E402

LABELS, FEATURES = sys.argv[1], sys.argv[2]
COLUMNS = ["plays7d", "playsTotal", "stars", "ratings"]


def store_of(kind: str, folder: str) -> FeatureStore:
    config = RepoConfig(
        project="bench",
        registry=f"{folder}/{kind}-registry.db",
        provider="local",
        offline_store={"type": kind},
        online_store=None,
        entity_key_serialization_version=3,
    )
    store = FeatureStore(config=config)
    user = Entity(name="user", join_keys=["userId"], value_type=ValueType.STRING)
    view = FeatureView(
        name="user_counts",
        entities=[user],
        schema=[Field(name=name, dtype=Float64) for name in COLUMNS],
        source=FileSource(path=FEATURES, timestamp_field="event_timestamp"),
        online=False,
    )
    store.apply([user, view])
    return store


def by_pandas() -> pd.DataFrame:
    labels = pd.read_parquet(LABELS).sort_values("event_timestamp", kind="stable")
    features = pd.read_parquet(FEATURES).sort_values("event_timestamp", kind="stable")
    return pd.merge_asof(labels, features, on="event_timestamp", by="userId")


def by_feast(store: FeatureStore, labels: pd.DataFrame) -> pd.DataFrame:
    wanted = [f"user_counts:{name}" for name in COLUMNS]
    return store.get_historical_features(entity_df=labels, features=wanted).to_df()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        labels = pd.read_parquet(LABELS)
        stores = {"feast-default": store_of("dask", folder), "feast-duckdb": store_of("duckdb", folder)}
        print(json.dumps({"ready": True}), flush=True)
        for line in sys.stdin:
            name = line.strip()
            entities = labels.copy()
            began = time.perf_counter()
            joined = by_pandas() if name == "pandas" else by_feast(stores[name], entities)
            seconds = time.perf_counter() - began
            answer = {"seconds": seconds, "rows": len(joined), "checksum": float(joined["playsTotal"].sum())}
            print(json.dumps(answer), flush=True)


main()
