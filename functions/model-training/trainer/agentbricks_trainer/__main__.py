"""`python -m agentbricks_trainer train --data DIR --out DIR`: progress on stderr, the manifest on stdout, both JSON."""

import argparse
import errno
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from .models import MODELS
from .progress import to_stderr as report

REFUSED = 2
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

# How long PyTorch's threads spin while they wait for one another, in turns: for ever, and two trainings on one machine take
# many times as long; not at all, and one takes twice as long (docs/training.md). Read when PyTorch is loaded.
os.environ.setdefault("GOMP_SPINCOUNT", "100000")
# With this much room of its own a GPU's matrix product is the same each time. Read when cuBLAS is loaded.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        print(json.dumps(options.run(options)))
    except Exception as error:
        explanation = getattr(error, "explanation", None) or _of_disk(error) or _of_gpu(error)
        if explanation is None:
            raise
        print(json.dumps({"error": explanation}), file=sys.stderr)
        return REFUSED
    return 0


def _of_disk(error: Exception) -> dict | None:
    """Everything else is a bug."""
    if getattr(error, "errno", None) not in FULL:
        return None
    return {
        "what": f"the model could not be written: {error}",
        "why": "the disk, or the share of it that this user may fill, is full",
        "fix": "Make room and start the training again; with --checkpoints it goes on where it was",
    }


def _of_gpu(error: Exception) -> dict | None:
    if type(error).__name__ != "OutOfMemoryError":
        return None
    first, *_ = str(error).split(". ")
    return {
        "what": f"the GPU's memory is full: {first}",
        "why": "all plays lie in it while the two-tower learns, some 200 bytes each, or others use it",
        "fix": "Take a larger one, or train on the processor: CUDA_VISIBLE_DEVICES= (empty) hides the GPU",
    }


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="agentbricks_trainer", description=__doc__)
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    local = commands.add_parser("train", help="train, evaluate and export, from folder to folder")
    local.set_defaults(run=train)
    local.add_argument("--data", type=Path, required=True, help="folder of one run: its Parquet files and meta.json")
    local.add_argument("--out", type=Path, required=True, help="folder for the model's files and manifest.json")
    local.add_argument("--champion", type=Path, help="folder of the model that serves now, to compare with")
    local.add_argument("--leave-one-out", action="store_true", help="also evaluate leave-one-out: one more training")
    cloud = commands.add_parser("job", help="the same for one run in S3, as AWS Batch starts it")
    cloud.set_defaults(run=job, checkpoints=None)
    cloud.add_argument("--run-id", required=True, help="the pipeline's run")
    cloud.add_argument("--leave-one-out", type=lambda text: text == "true", default=False, help="true or false")
    learn = commands.add_parser("learnability", help="how well popularity and a factorisation foretell choices")
    learn.set_defaults(run=_learnability)
    learn.add_argument("--interactions", type=Path, required=True, help="lines: user, item and time, by tabs")
    learn.add_argument("--seed", type=int, default=0, help="of every draw (default 0)")
    against = commands.add_parser("compare", help="models side by side on files of plays, test items and negatives")
    against.set_defaults(run=_compare)
    against.add_argument("--train", type=Path, required=True, help="plays")
    against.add_argument("--test", type=Path, required=True, help="what was held out")
    against.add_argument("--negatives", type=Path, help="items to rank each against (default: the whole catalogue)")
    against.add_argument("--models", nargs="+", choices=MODELS, default=["two-tower"], help="the first against the others")
    against.add_argument("--k", type=int, default=10, help="places that count (default 10)")
    against.add_argument("--seed", type=int, default=0, help="of every draw (default 0)")
    against.add_argument("--settings", type=Path, help="JSON of the two-tower's settings (default: its own)")
    seek = commands.add_parser("search", help="settings of the two-tower that foretell each user's last play better")
    seek.set_defaults(run=_search)
    seek.add_argument("--train", type=Path, required=True, help="plays")
    seek.add_argument("--trials", type=int, default=20, help="how many, earlier ones of this folder among them (default 20)")
    seek.add_argument("--folder", type=Path, required=True, help="where trials are kept, to go on from after a stop")
    seek.add_argument("--seed", type=int, default=0, help="of every draw (default 0)")
    for command in (local, against):
        command.add_argument("--checkpoints", type=Path, help="folder to go on from after a stop (default: none are kept)")
    for command in (local, cloud):
        command.add_argument("--seed", type=int, default=0, help="of every draw (default 0)")
        command.add_argument("--code-commit", default="unknown", help="what the manifest calls the code")
    return root


def _learnability(options: argparse.Namespace) -> dict:
    from .evaluation.learnability import learnability

    return learnability(options.interactions, options.seed)


def _compare(options: argparse.Namespace) -> dict:
    from .data.interaction_files import read_settings, read_split

    settings = read_settings(options.settings) if options.settings else None
    split = read_split(options.train, options.test, options.negatives, options.seed, report)
    from .evaluation.compare import compare

    return compare(split, options.models, options.k, options.seed, report, _checkpoints(options), settings)


def _search(options: argparse.Namespace) -> dict:
    from .data.interaction_files import read_plays

    plays, items = read_plays(options.train, options.seed, report)
    from .search import search

    return search(plays, items, options.folder, options.trials, options.seed, report)


def _checkpoints(options: argparse.Namespace):
    from .training.checkpoints import Checkpoints

    return Checkpoints(options.checkpoints) if options.checkpoints else None


def job(options: argparse.Namespace) -> dict:
    """Fetch, train, store."""
    from .export import s3_transfer as cloud

    with tempfile.TemporaryDirectory() as folder:
        options.data, options.out, champion = (Path(folder) / name for name in ("data", "out", "champion"))
        options.champion = champion if cloud.fetch(options.run_id, options.data, champion) else None
        manifest = train(options, cloud.checkpoints(options.run_id, Path(folder) / "checkpoints"))
        cloud.store(options.run_id, options.out)
    return manifest


def train(options: argparse.Namespace, checkpoints=None) -> dict:
    """The whole command. Heavy imports happen here, so that --help, bad options and data that cannot be learned from answer soon."""
    from .data.run_files import load

    report("start")
    run = load(options.data)
    report("loaded", plays=len(run.plays), rows=len(run.rows), users=len(run.user_ids), titles=len(run.titles))
    import torch

    from .evaluation.gate.examine import examine
    from .export.export import export, write_manifest
    from .models.two_stage import fit

    # The same switch; `use_deterministic_algorithms` also loads PyTorch's compiler, which takes as long as PyTorch itself.
    torch.set_deterministic_debug_mode("error")
    # Nothing of ours reads memory that was never written.
    torch.utils.deterministic.fill_uninitialized_memory = False
    checkpoints = checkpoints or _checkpoints(options)
    examined = examine(run, options.champion, options.seed, options.leave_one_out, report, checkpoints)
    fitted = fit(run, run.plays, run.rows, options.seed, report, checkpoints)
    exported = export(fitted, run, options.out)
    facts = {
        "trainedAt": time.time_ns() // 1_000_000,
        "asOf": run.as_of,
        "dataHash": run.data_hash,
        "codeCommit": options.code_commit,
        "seed": options.seed,
        "titles": run.titles,
        "rows": {
            "train": len(run.rows),
            "test": examined.test_plays,
            "users": len(run.user_ids),
            "titles": len(run.titles),
        },
        **examined.facts,
        "onnxMaxDifference": exported.greatest_difference,
        "index": exported.index.as_manifest(),
    }
    manifest = write_manifest(options.out, facts)
    report("done", version=manifest["version"])
    return manifest


if __name__ == "__main__":
    sys.exit(main())
