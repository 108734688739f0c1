"""The command line."""

import errno
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agentbricks_trainer import __main__ as subject
from agentbricks_trainer.errors import TrainerError
from agentbricks_trainer.export import fetch_run_and_store_model
from agentbricks_trainer.training.checkpoints import Checkpoints


def printed(capsys: pytest.CaptureFixture[str]) -> tuple[Any, Any]:
    """Returns the JSON on stdout, and the last line of JSON on stderr; None for an empty stream."""
    out, err = capsys.readouterr()
    return json.loads(out) if out else None, json.loads(err.splitlines()[-1]) if err else None


def test_compare_prints_its_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "train").write_text("u\ta\nv\ta\nw\ta\nu\tb\nv\tb\nw\tc\n")
    (tmp_path / "test").write_text("u\tc\nv\tc\nw\tb\n")
    arguments = [
        "--train",
        str(tmp_path / "train"),
        "--test",
        str(tmp_path / "test"),
        "--models",
        "popularity",
        "--k",
        "50",
    ]
    assert subject.main(["compare", *arguments]) == 0
    result, last = printed(capsys)
    assert result["models"][0]["metrics"]["ndcg@50"]["value"] == 1
    assert result["models"][0]["coverage"] == pytest.approx(2 / 3)
    assert last["stage"] == "evaluated"


def test_learnability_prints_its_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plays = [(user, (user + i) % 12, i) for user in range(20) for i in range(8)]
    (tmp_path / "plays").write_text("".join(f"{user}\t{item}\t{time}\n" for user, item, time in plays))
    assert subject.main(["learnability", "--interactions", str(tmp_path / "plays"), "--seed", "1"]) == 0
    assert printed(capsys)[0]["users"] == 20


def test_a_result_is_valid_json_even_if_a_number_is_not_finite(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(subject, "_learnability", lambda _: {"users": 2, "value": float("nan")})
    assert subject.main(["learnability", "--interactions", "plays"]) == 0
    assert capsys.readouterr().out == '{"users": 2, "value": null}\n'


def test_an_error_of_the_input_has_its_own_status_and_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert subject.main(["train", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    result, last = printed(capsys)
    assert result is None
    assert last["error"]["what"].startswith(f"{tmp_path} lacks explored-plays.parquet")
    assert not (tmp_path / "out").exists()


def test_settings_are_read_before_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = str(tmp_path / "missing")
    assert subject.main(["compare", "--train", missing, "--test", missing, "--settings", missing]) == 2
    assert "has no valid settings" in printed(capsys)[1]["error"]["what"]


def test_search_is_given_the_files_plays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "train").write_text("u\ta\t1\t1\nu\tb\t1\t2\nv\ta\t1\t1\n")
    given: list[tuple[object, ...]] = []

    def search(plays: list[object], items: int, folder: Path, trials: int, seed: int, _: object) -> dict[str, object]:
        given.append((len(plays), items, folder, trials, seed))
        return {}

    monkeypatch.setitem(sys.modules, "agentbricks_trainer.search_hyperparameters", SimpleNamespace(search=search))
    arguments = [
        "--train",
        str(tmp_path / "train"),
        "--folder",
        str(tmp_path / "trials"),
        "--trials",
        "7",
        "--seed",
        "5",
    ]
    assert subject.main(["search", *arguments]) == 0
    assert given == [(3, 2, tmp_path / "trials", 7, 5)]


@pytest.mark.parametrize("has_champion", [True, False])
def test_a_job_fetches_trains_and_stores(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], has_champion: bool
) -> None:
    done: list[str] = []

    def fetch(run_id: str, data: Path, champion: Path) -> bool:
        done.append(f"fetch {run_id} {data.name} {champion.name}")
        return has_champion

    def train(data: Path, out: Path, champion: Path | None, *options: object) -> dict[str, str]:
        seed, leave_one_out, commit, checkpoints = options
        assert isinstance(checkpoints, Checkpoints)
        done.append(f"train {data.name} {out.name} {champion and champion.name} {seed} {leave_one_out} {commit}")
        return {"version": "v"}

    monkeypatch.setattr(fetch_run_and_store_model, "fetch", fetch)
    monkeypatch.setattr(
        fetch_run_and_store_model, "checkpoints", lambda run_id, folder, _: Checkpoints(folder / run_id)
    )
    monkeypatch.setattr(
        fetch_run_and_store_model, "store", lambda run_id, out: done.append(f"store {run_id} {out.name}")
    )
    monkeypatch.setattr("agentbricks_trainer.train_run.train_run", train)
    assert subject.main(["job", "--run-id", "r1", "--seed", "4", "--leave-one-out", "true"]) == 0
    champion = "champion" if has_champion else None
    assert done == ["fetch r1 data champion", f"train data out {champion} 4 True unknown", "store r1 out"]
    assert printed(capsys)[0] == {"version": "v"}


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the model could not be written: [Errno 28] No space left"),
        (
            type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory. Tried"),
            "the GPU's memory is full: CUDA out",
        ),
        (TrainerError("a", "b", "c"), "a"),
    ],
)
def test_errors_that_the_user_can_fix_are_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, what: str
) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr("agentbricks_trainer.train_run.train_run", fails)
    assert subject.main(["train", "--data", "d", "--out", "o"]) == 2
    explanation = printed(capsys)[1]["error"]
    assert explanation["what"].startswith(what)
    assert explanation.keys() == {"what", "why", "fix"}


def test_any_other_error_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr("agentbricks_trainer.train_run.train_run", fails)
    with pytest.raises(ValueError, match="a bug"):
        subject.main(["train", "--data", "d", "--out", "o"])


@pytest.mark.parametrize("command", ["train", "job", "learnability", "compare", "search"])
def test_every_command_explains_its_options(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        subject.main([command, "--help"])
    assert ended.value.code == 0
    assert "random seed (default: 0)" in capsys.readouterr().out


def test_an_unknown_model_is_rejected_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        subject.main(["compare", "--train", "a", "--test", "b", "--models", "svd"])
    assert ended.value.code == 2
    assert "item-knn" in capsys.readouterr().err
