"""Reading a run's files."""

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from agentbricks_trainer.data.feature_names import FEATURE_NAMES
from agentbricks_trainer.data.load_run import FILES, load_run
from agentbricks_trainer.data.run_data_classes import Run
from agentbricks_trainer.errors import TrainerError
from tests.support.write_small_run_folder import HOUR, make_run


@pytest.fixture
def copy(run_folder: Path, tmp_path: Path) -> Path:
    """A copy of the run that a test may change."""
    return Path(shutil.copytree(run_folder, tmp_path / "copy"))


def rewrite(folder: Path, name: str, change: dict[str, pa.Array]) -> None:
    table = pq.read_table(folder / f"{name}.parquet")
    for column, values in change.items():
        table = table.set_column(table.column_names.index(column), column, values)
    pq.write_table(table, folder / f"{name}.parquet")


def test_plays_are_those_of_the_file_in_order_of_user_time_and_title(run_folder: Path, small_run: Run) -> None:
    table = pq.read_table(run_folder / "interactions.parquet").to_pydict()
    ids = sorted(set(table["userId"]))
    titles = pq.read_table(run_folder / "titles.parquet")["titleId"].to_pylist()
    expected = sorted(
        (ids.index(user), time, titles.index(title) + 1)
        for user, time, title in zip(table["userId"], table["occurredAt"], table["titleId"], strict=True)
    )
    plays = small_run.plays
    assert list(zip(plays.users, plays.times, plays.titles, strict=True)) == expected
    assert small_run.user_ids.to_pylist() == ids
    assert small_run.titles == titles


def test_the_split_is_before_and_after_its_time(small_run: Run) -> None:
    assert small_run.split_at == 6 * HOUR
    assert small_run.before_split.plays.times.max() < small_run.split_at
    assert len(small_run.before_split.plays) == (small_run.plays.times < small_run.split_at).sum()
    assert len(small_run.before_split.rows) == (small_run.rows.times < small_run.split_at).sum()


def test_plays_from_slates_and_without_one_are_all_plays(run_folder: Path, small_run: Run) -> None:
    recommended = pq.read_table(run_folder / "interactions.parquet")["recommended"].to_pylist()
    assert len(small_run.recommended) == sum(recommended)
    assert len(small_run.organic.users) == len(recommended) - sum(recommended)
    assert {len(slate) for slate in small_run.organic.shown} == {0}


def test_rows_have_features_and_weights_by_rating(run_folder: Path, small_run: Run) -> None:
    training = pq.read_table(run_folder / "training-set.parquet")
    assert np.allclose(small_run.rows.features[:, 1], training[FEATURE_NAMES[1]].to_numpy())
    table = pq.read_table(run_folder / "interactions.parquet").to_pydict()
    stars = {
        (user, title): rating
        for user, title, rating in zip(table["userId"], table["titleId"], table["rating"], strict=True)
        if rating is not None
    }
    mean = np.mean(list(stars.values()))
    for row, (user, title, label) in enumerate(
        zip(*(training[name].to_pylist() for name in ("userId", "titleId", "label")), strict=True)
    ):
        above = stars.get((user, title), mean) - mean
        expected = np.clip(1 + 0.6 * above, 0.1, 3) if label else 1
        assert small_run.rows.weights[row] == pytest.approx(expected, abs=1e-6)


def test_an_unrated_catalogue_weighs_every_row_1(copy: Path) -> None:
    count = len(pq.read_table(copy / "interactions.parquet"))
    for suffix in ("", "-at-split"):
        size = len(pq.read_table(copy / f"interactions{suffix}.parquet"))
        rewrite(copy, f"interactions{suffix}", {"rating": pa.nulls(size, pa.float64())})
    assert set(load_run(copy).rows.weights.tolist()) == {1.0}
    assert count > 0


def test_the_snapshot_has_features_shares_and_countries(run_folder: Path, small_run: Run) -> None:
    titles = pq.read_table(run_folder / "titles-at-split.parquet")
    users = pq.read_table(run_folder / "users-at-split.parquet")
    snapshot = small_run.at_split
    assert snapshot.title_known.tolist() == [False] + [True] * 40
    assert np.allclose(snapshot.titles[1:, 3], titles["ageDays"].to_numpy())
    at = pc.index_in(users["userId"], value_set=small_run.user_ids).to_numpy()
    assert np.allclose(snapshot.users[at, 0], users["plays7d"].to_numpy())
    assert snapshot.genre_share[:, 0].tolist() == [1.0] * 60
    assert snapshot.country[at].tolist() == [name or "" for name in users["country"].to_pylist()]
    assert snapshot.genres[2].tolist() == [0, 1, 0]  # t-1 has genre-1


def test_explored_plays_have_the_titles_of_their_slates(copy: Path) -> None:
    explored = {
        "userId": pa.array(["u-1", "u-0"]),
        "titleId": pa.array(["t-3", "t-0"]),
        "occurredAt": pa.array([5, 7]),
        "shown": pa.array([["t-3", "t-4"], ["t-0"]], pa.list_(pa.string())),
    }
    pq.write_table(pa.table(explored), copy / "explored-plays.parquet")
    found = load_run(copy).explored
    assert (found.titles.tolist(), found.times.tolist()) == ([4, 1], [5, 7])
    assert [slate.tolist() for slate in found.shown] == [[4, 5], [1]]


def test_the_hash_is_that_of_all_files(run_folder: Path, small_run: Run, copy: Path) -> None:
    together = b"".join((run_folder / name).read_bytes() for name in sorted(FILES))
    assert small_run.data_hash == hashlib.sha256(together).hexdigest()
    (copy / "meta.json").write_text((copy / "meta.json").read_text() + " ")
    assert load_run(copy).data_hash != small_run.data_hash


def test_a_missing_file_is_named(copy: Path) -> None:
    (copy / "titles.parquet").unlink()
    with pytest.raises(TrainerError, match=r"copy lacks titles\.parquet"):
        load_run(copy)


def test_a_missing_column_is_named(copy: Path) -> None:
    table = pq.read_table(copy / "titles-at-split.parquet").drop_columns(["ageDays"])
    pq.write_table(table, copy / "titles-at-split.parquet")
    with pytest.raises(TrainerError, match=r"titles-at-split\.parquet lacks the columns ageDays"):
        load_run(copy)


def test_a_number_that_is_not_finite_is_named_with_its_row(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "nan", 60, 40, 10, spoiled=True)
    with pytest.raises(TrainerError, match="title_playsTotal is nan in 1 of 1200 rows, first in row 0"):
        load_run(folder)


@pytest.mark.parametrize(
    ("sizes", "what"),
    [
        ((1, 40, 10), "there are 10 plays of 40 titles by 1 users"),
        ((60, 1, 1), "of 1 titles by"),
        ((60, 40, 0), "there are 0 plays of 40 titles by 0 users"),
    ],
)
def test_too_little_data_is_rejected(tmp_path: Path, sizes: tuple[int, int, int], what: str) -> None:
    with pytest.raises(TrainerError, match=what):
        load_run(make_run(tmp_path / "few", *sizes))
