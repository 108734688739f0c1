"""`python -m agentbricks_trainer train --data DIR --out DIR`: progress on stderr, the manifest on stdout, both JSON."""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

REFUSED = 2

# Threads that wait for one another must not burn processors that somebody else needs: two trainings on one machine would
# each take many times as long. Read when PyTorch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        print(json.dumps(options.run(options)))
    except Exception as error:
        explanation = getattr(error, "explanation", None)
        if explanation is None:
            raise
        print(json.dumps({"error": explanation}), file=sys.stderr)
        return REFUSED
    return 0


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
    cloud.set_defaults(run=job)
    cloud.add_argument("--run-id", required=True, help="the pipeline's run")
    cloud.add_argument("--leave-one-out", type=lambda text: text == "true", default=False, help="true or false")
    learn = commands.add_parser("learnability", help="how well popularity and a factorisation foretell choices")
    learn.set_defaults(run=_learnability)
    learn.add_argument("--interactions", type=Path, required=True, help="lines: user, item and time, by tabs")
    learn.add_argument("--seed", type=int, default=0, help="of every draw (default 0)")
    for command in (local, cloud):
        command.add_argument("--seed", type=int, default=0, help="of every draw (default 0)")
        command.add_argument("--code-commit", default="unknown", help="what the manifest calls the code")
    return root


def _learnability(options: argparse.Namespace) -> dict:
    from .learnability import learnability

    return learnability(options.interactions, options.seed)


def job(options: argparse.Namespace) -> dict:
    """Fetch, train, store."""
    from . import cloud

    with tempfile.TemporaryDirectory() as folder:
        options.data, options.out, champion = (Path(folder) / name for name in ("data", "out", "champion"))
        options.champion = champion if cloud.fetch(options.run_id, options.data, champion) else None
        manifest = train(options)
        cloud.store(options.run_id, options.out)
    return manifest


def report(stage: str, **facts: object) -> None:
    print(json.dumps({"stage": stage, **facts}), file=sys.stderr, flush=True)


def train(options: argparse.Namespace) -> dict:
    """The whole command. Heavy imports happen here, so that --help and bad options answer at once."""
    report("start")
    import torch

    from .champion import champion_scorer
    from .data import load
    from .evaluate import CANDIDATE, POPULAR, at_split, candidate_scorer, evaluate, leave_one_out, popular_scorer
    from .export import export, write_manifest
    from .train import fit

    torch.use_deterministic_algorithms(True)
    run = load(options.data)
    report("loaded", plays=len(run.plays), rows=len(run.rows), users=len(run.user_ids), titles=len(run.titles))
    past = at_split(run)
    earlier = fit(run, past.plays, past.rows, options.seed, report)
    scorers = {CANDIDATE: candidate_scorer(run, earlier), POPULAR: popular_scorer(run)}
    incumbent = POPULAR
    if options.champion:
        version, scorers["champion"] = champion_scorer(run, options.champion)
        incumbent = "champion"
    evaluation = evaluate(run, scorers, incumbent, options.seed)
    report("evaluated", metric=evaluation.gate["metric"], **evaluation.gate["difference"])
    protocols = evaluation.protocols
    if options.leave_one_out:
        protocols["leaveOneOut"] = leave_one_out(run, options.seed, report)
    fitted = fit(run, run.plays, run.rows, options.seed, report)
    difference = export(fitted, run, options.out)
    gate = {**evaluation.gate, "incumbent": version} if options.champion else evaluation.gate
    facts = {
        "trainedAt": time.time_ns() // 1_000_000,
        "asOf": run.as_of,
        "dataHash": run.data_hash,
        "codeCommit": options.code_commit,
        "seed": options.seed,
        "titles": run.titles,
        "rows": {
            "train": len(run.rows),
            "test": evaluation.test_plays,
            "users": len(run.user_ids),
            "titles": len(run.titles),
        },
        "metrics": protocols,
        "gate": gate,
        "onnxMaxDifference": difference,
    }
    manifest = write_manifest(options.out, facts)
    report("done", version=manifest["version"])
    return manifest


if __name__ == "__main__":
    sys.exit(main())
