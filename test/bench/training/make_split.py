"""Writes plays in the format of public data sets: `make_split.py SOURCE FOLDER PLAYS`.

SOURCE is an .inter file of RecBole, or a folder of the universe's Parquet files. The output has at most PLAYS plays,
and all plays of each of its users. Each user's last play is held out, with 99 items that the user never played.
Writes train.tsv, test.tsv and negatives.tsv.
"""

import sys
from pathlib import Path

import numpy as np
import pyarrow.csv as csv
import pyarrow.dataset as dataset

NEGATIVES = 99
MILLISECONDS = 1_000

source, folder, most = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
random = np.random.default_rng(0)


def plays() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Reads users, items and times (seconds), each of shape (N,)."""
    if source.is_file():
        table = csv.read_csv(source, parse_options=csv.ParseOptions(delimiter="\t"))
        columns = [table.column(i).to_numpy(zero_copy_only=False) for i in (0, 1, 3)]
    else:
        events = dataset.dataset(source / "events.v1", partitioning="hive")
        rows = events.to_table(columns=["userId", "titleId", "occurredAt"], filter=dataset.field("type") == "play")
        columns = [rows.column(name).to_numpy() for name in ("userId", "titleId", "occurredAt")]
        columns[2] = columns[2] // MILLISECONDS
    return columns[0], columns[1], columns[2]


users, items, times = plays()
(_, users), (_, items) = np.unique(users, return_inverse=True), np.unique(items, return_inverse=True)
pairs = users * (items.max() + 1) + items
# Repeated plays of a film count once, at the first time.
order = np.lexsort((times, pairs))
once = order[np.unique(pairs[order], return_index=True)[1]]
users, items, times = users[once], items[once], times[once]
keep = users < np.searchsorted(np.cumsum(np.bincount(users)), most, "right")
users, items, times = users[keep], items[keep], times[keep]
order = np.lexsort((times, users))
users, items, times = users[order], items[order], times[order]
last = np.append(users[1:] != users[:-1], True) & (np.bincount(users)[users] > 1)

folder.mkdir(parents=True, exist_ok=True)
count = items.max() + 1


def written(name: str, rows: np.ndarray) -> None:
    lines = np.stack([users[rows], items[rows], np.ones(rows.sum(), int), times[rows].astype(int)], axis=1)
    np.savetxt(folder / name, lines, "%d", "\t")


written("train.tsv", ~last)
written("test.tsv", last)
taken = set((users * count + items).tolist())
with (folder / "negatives.tsv").open("w") as file:
    for user, item in zip(users[last].tolist(), items[last].tolist()):
        drawn: list[int] = []
        while len(drawn) < NEGATIVES:
            other = int(random.integers(count))
            if user * count + other not in taken and other not in drawn:
                drawn.append(other)
        file.write("\t".join([f"({user},{item})", *map(str, drawn)]) + "\n")
print(f"{(~last).sum()} plays, {len(np.unique(users))} users, {count} items")
