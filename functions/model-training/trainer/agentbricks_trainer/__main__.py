"""Train and evaluate recommenders.

Each command prints its result on stdout and its progress on stderr, as JSON.
"""

import argparse
import errno
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .models import MODELS
from .progress import to_json, to_stderr

# Packages that take seconds to load are imported where they are used, so that --help and invalid options are quick.
if TYPE_CHECKING:
    from .training.checkpoints import Checkpoints

# Exit status for errors that the user can fix.
REJECTED = 2
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

# Number of iterations for which a waiting PyTorch thread spins before it sleeps. Without a limit, two trainings on one
# machine take many times as long; with 0, one training takes twice as long (docs/training.md). PyTorch reads the
# variable when it is loaded.
os.environ.setdefault("GOMP_SPINCOUNT", "100000")
# With this workspace size, a matrix product on a GPU gives the same bits each time. cuBLAS reads the variable when it
# is loaded.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


def main(arguments: list[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: Arguments of the command line. None: the arguments of this process.

    Returns:
        The exit status: 0, or REJECTED after an error that the user can fix, which is printed on stderr.
    """
    options = parser().parse_args(arguments)
    try:
        print(to_json(options.run(options)))  # noqa: T201
    except Exception as error:
        explanation = getattr(error, "explanation", None) or _of_disk(error) or _of_gpu(error)
        if explanation is None:
            raise
        print(to_json({"error": explanation}), file=sys.stderr)  # noqa: T201
        return REJECTED
    return 0


def _of_disk(error: Exception) -> dict[str, str] | None:
    """Returns the explanation of a full disk, or None for any other error."""
    if getattr(error, "errno", None) not in DISK_FULL:
        return None
    return {
        "what": f"the model could not be written: {error}",
        "why": "the disk is full, or your quota is used up",
        "fix": "Free some space and start the training again; with --checkpoints it resumes where it stopped",
    }


def _of_gpu(error: Exception) -> dict[str, str] | None:
    """Returns the explanation of a GPU without free memory, or None for any other error."""
    if type(error).__name__ != "OutOfMemoryError":
        return None
    first, *_ = str(error).split(". ")
    return {
        "what": f"the GPU's memory is full: {first}",
        "why": "the two-tower stores all plays on it, about 200 bytes each, or other programs use it",
        "fix": "Use a larger GPU, or train on the processor: CUDA_VISIBLE_DEVICES= (empty) hides the GPU",
    }


def parser() -> argparse.ArgumentParser:
    """Returns the parser of the command line. Each command sets `run`, the function that runs it."""
    root = argparse.ArgumentParser(prog="agentbricks_trainer", description=__doc__)
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    seed = argparse.ArgumentParser(add_help=False)
    seed.add_argument("--seed", type=int, default=0, help="random seed (default: 0)")
    checkpoints = argparse.ArgumentParser(add_help=False)
    checkpoints.add_argument("--checkpoints", type=Path, help="folder of checkpoints to resume from (default: none)")
    commit = argparse.ArgumentParser(add_help=False)
    commit.add_argument(
        "--code-commit", default="unknown", help="version of the code, for the manifest (default: unknown)"
    )
    _add_train(commands, [seed, checkpoints, commit])
    _add_job(commands, [seed, commit])
    _add_learnability(commands, [seed])
    _add_compare(commands, [seed, checkpoints])
    _add_search(commands, [seed])
    return root


def _add_train(commands: Any, parents: list[argparse.ArgumentParser]) -> None:  # noqa: ANN401
    command = commands.add_parser("train", help="train, evaluate and export the model of a run", parents=parents)
    command.set_defaults(run=_train)
    command.add_argument("--data", type=Path, required=True, help="folder of a run: Parquet files and meta.json")
    command.add_argument("--out", type=Path, required=True, help="folder for the model's files and manifest.json")
    command.add_argument("--champion", type=Path, help="folder of the model that serves now, to compare with")
    command.add_argument(
        "--leave-one-out", action="store_true", help="evaluation by leave-one-out, too, which is one more training"
    )


def _add_job(commands: Any, parents: list[argparse.ArgumentParser]) -> None:  # noqa: ANN401
    command = commands.add_parser("job", help="do the same for a run in S3; AWS Batch starts it", parents=parents)
    command.set_defaults(run=_job)
    command.add_argument("--run-id", required=True, help="run of the pipeline")
    command.add_argument(
        "--leave-one-out",
        type=lambda text: text == "true",
        default=False,
        help="evaluation by leave-one-out, too: true or false (default: false)",
    )


def _add_learnability(commands: Any, parents: list[argparse.ArgumentParser]) -> None:  # noqa: ANN401
    summary = "measure how well popularity and a factorisation predict choices"
    command = commands.add_parser("learnability", help=summary, parents=parents)
    command.set_defaults(run=_learnability)
    command.add_argument("--interactions", type=Path, required=True, help="file of user, item and time, tab-separated")


def _add_compare(commands: Any, parents: list[argparse.ArgumentParser]) -> None:  # noqa: ANN401
    command = commands.add_parser("compare", help="compare models on files of plays and test items", parents=parents)
    command.set_defaults(run=_compare)
    command.add_argument("--train", type=Path, required=True, help="file of plays to learn from")
    command.add_argument("--test", type=Path, required=True, help="file of held-out plays")
    command.add_argument("--negatives", type=Path, help="file of items to rank each against (default: all items)")
    command.add_argument(
        "--models",
        nargs="+",
        choices=MODELS,
        default=["two-tower"],
        help="models; the first is compared with the others (default: two-tower)",
    )
    command.add_argument("--k", type=int, default=10, help="cutoff of the metrics (default: 10)")
    command.add_argument("--settings", type=Path, help="JSON file of the two-tower's settings (default: its own)")


def _add_search(commands: Any, parents: list[argparse.ArgumentParser]) -> None:  # noqa: ANN401
    command = commands.add_parser("search", help="search for better settings of the two-tower", parents=parents)
    command.set_defaults(run=_search)
    command.add_argument("--train", type=Path, required=True, help="file of plays")
    command.add_argument("--trials", type=int, default=20, help="number of trials, earlier ones included (default: 20)")
    command.add_argument("--folder", type=Path, required=True, help="folder of the trials, to resume from")


def _train(options: argparse.Namespace) -> dict[str, Any]:
    return _train_run(options, options.data, options.out, options.champion, _checkpoints(options))


def _job(options: argparse.Namespace) -> dict[str, Any]:
    from .export import fetch_run_and_store_model

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data, out, champion = folder / "data", folder / "out", folder / "champion"
        has_champion = fetch_run_and_store_model.fetch(options.run_id, data, champion)
        checkpoints = fetch_run_and_store_model.checkpoints(options.run_id, folder / "checkpoints", to_stderr)
        manifest = _train_run(options, data, out, champion if has_champion else None, checkpoints)
        fetch_run_and_store_model.store(options.run_id, out)
    return manifest


def _train_run(
    options: argparse.Namespace, data: Path, out: Path, champion: Path | None, checkpoints: "Checkpoints | None"
) -> dict[str, Any]:
    from .train_run import train_run

    return train_run(data, out, champion, options.seed, options.leave_one_out, options.code_commit, checkpoints)


def _learnability(options: argparse.Namespace) -> dict[str, Any]:
    from .evaluation.evaluate_popularity_and_svd import learnability

    return learnability(options.interactions, options.seed)


def _compare(options: argparse.Namespace) -> dict[str, Any]:
    from .data.read_train_test_and_negatives import read_split
    from .models.two_tower.default_and_validated_hyperparameters import read_settings

    settings = read_settings(options.settings) if options.settings else None
    split = read_split(options.train, options.test, options.negatives, options.seed, to_stderr)
    from .evaluation.train_and_compare_models import compare

    return compare(split, options.models, options.k, options.seed, to_stderr, _checkpoints(options), settings)


def _search(options: argparse.Namespace) -> dict[str, Any]:
    from .data.read_train_test_and_negatives import read_plays

    plays, items = read_plays(options.train, options.seed, to_stderr)
    from .search_hyperparameters import search

    return search(plays, items, options.folder, options.trials, options.seed, to_stderr)


def _checkpoints(options: argparse.Namespace) -> "Checkpoints | None":
    from .training.checkpoints import Checkpoints

    return Checkpoints(options.checkpoints) if options.checkpoints else None


if __name__ == "__main__":
    sys.exit(main())
