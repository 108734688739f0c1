"""Decodes columns of a run's Parquet files into arrays."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import DTypeLike

from agentbricks_trainer.errors import TrainerError

from .array_types import Floats, Ints, Texts, Values


def read_table(folder: Path, name: str, columns: list[str]) -> pa.Table:
    """Reads the given columns of the file `name`.parquet.

    Raises:
        TrainerError: If the file lacks a column.
    """
    path = folder / f"{name}.parquet"
    known = pq.read_schema(path).names
    absent = [column for column in columns if column not in known]
    if absent:
        raise TrainerError(
            f"{path.name} lacks the columns {', '.join(absent)}",
            "the feature job and the trainer are of different versions",
            "Build the features again with this version of the code",
        )
    return pq.read_table(path, columns=columns)


def numbers(table: pa.Table, name: str, dtype: DTypeLike) -> Values:
    """Returns a numeric column, (rows,), with 0 for null.

    Raises:
        TrainerError: If a value is infinite or NaN.
    """
    values: Values = pc.fill_null(table[name], 0).to_numpy().astype(dtype)
    invalid = np.flatnonzero(~np.isfinite(values))
    if len(invalid):
        raise TrainerError(
            f"{name} is {values[invalid[0]]} in {len(invalid)} of {len(values)} rows, first in row {invalid[0]}",
            "a feature divides by zero, or the log has events with impossible numbers",
            "Fix that feature and run the pipeline again",
        )
    return values


def codes(column: pa.ChunkedArray, known: pa.Array) -> Ints:
    """Returns the position of each value in `known`, (rows,), or -1 where `known` lacks it."""
    positions: Ints = pc.fill_null(pc.index_in(column, value_set=known), -1).to_numpy().astype(np.int64)
    return positions


def multi_hot(genres: pa.ChunkedArray, vocabulary: list[str]) -> Floats:
    """Returns lists of genres as a multi-hot matrix, (rows + 1, G). Row 0 is zero, for padding."""
    matrix = np.zeros((len(genres) + 1, len(vocabulary)), np.float32)
    flat = genres.combine_chunks()
    parents = pc.list_parent_indices(flat).to_numpy()
    matrix[parents + 1, codes(pc.list_flatten(flat), pa.array(vocabulary, pa.string()))] = 1
    return matrix


def scatter_rows(table: pa.Table, names: tuple[str, ...], at: Ints, size: int) -> Floats:
    """Returns numeric columns as a matrix in which row i of the table is at row at[i].

    Args:
        table: Table with n rows.
        names: Columns, in the order of the matrix.
        at: Row of the matrix for each row of the table, (n,). Rows with -1 are skipped.
        size: Number of rows of the matrix.

    Returns:
        Matrix, (size, len(names)). Rows that no row of the table fills are zero.
    """
    matrix = np.zeros((size, len(names)), np.float32)
    values = np.stack([numbers(table, name, np.float32) for name in names], axis=1)
    matrix[at[at >= 0]] = values[at >= 0]
    return matrix


def genre_shares(maps: pa.MapArray, users: Ints, size: int, vocabulary: list[str]) -> Floats:
    """Returns maps from genre to share as a matrix, (size, G), in which the map of row i is at row users[i]."""
    matrix = np.zeros((size, len(vocabulary)), np.float32)
    parents = np.repeat(np.arange(len(maps)), np.diff(maps.offsets.to_numpy()))
    genre = codes(maps.keys, pa.array(vocabulary, pa.string()))
    valid = (genre >= 0) & (users[parents] >= 0)
    matrix[users[parents][valid], genre[valid]] = pc.fill_null(maps.items, 0).to_numpy()[valid]
    return matrix


def countries(column: pa.ChunkedArray, users: Ints, size: int) -> Texts:
    """Returns the country code of each user, (size,). Row i of the column belongs to users[i]; "" means null."""
    named = pc.fill_null(column.cast(pa.string()), "").to_numpy(zero_copy_only=False)
    of_users = np.full(size, "", object)
    of_users[users[users >= 0]] = named[users >= 0]
    return of_users.astype(str)
