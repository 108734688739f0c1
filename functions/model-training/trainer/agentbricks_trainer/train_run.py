"""Trains the recommender of one run: evaluates it as of the split, trains it on all data, and exports it."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .data.load_run import load_run
from .progress import to_stderr

if TYPE_CHECKING:
    from .training.checkpoints import Checkpoints


def train_run(
    data: Path,
    out: Path,
    champion: Path | None,
    seed: int,
    leave_one_out: bool,
    code_commit: str,
    checkpoints: "Checkpoints | None" = None,
) -> dict[str, Any]:
    """Runs the command `train`. It reads the data before it loads PyTorch, so that invalid data is rejected sooner.

    Args:
        data: Folder of the run.
        out: Folder for the model's files and its manifest.
        champion: Folder of the model that serves now. None: there is none.
        seed: Seed of all random numbers.
        leave_one_out: Whether to also evaluate by leave-one-out.
        code_commit: Version of the code, for the manifest.
        checkpoints: Folder of checkpoints. None: no checkpoints.

    Returns:
        The manifest.

    Raises:
        TrainerError: If the data or the champion is invalid, or there is too little data to learn from.
    """
    report = to_stderr
    report("start")
    run = load_run(data)
    report("loaded", plays=len(run.plays), rows=len(run.rows), users=len(run.user_ids), titles=len(run.titles))
    import torch

    from .evaluation.gate.train_and_evaluate_candidate import examine
    from .export.export import export
    from .export.write_manifest import write_manifest
    from .models.two_stage import fit

    # `use_deterministic_algorithms` sets the same switch, but also loads PyTorch's compiler, which takes as long as
    # loading PyTorch itself.
    torch.set_deterministic_debug_mode("error")
    # Filling is unnecessary, because no code of the trainer reads memory before writing it.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    examined = examine(run, champion, seed, leave_one_out, report, checkpoints)
    fitted = fit(run, run.plays, run.rows, seed, report, checkpoints)
    exported = export(fitted, run, out)
    facts = {
        "trainedAt": time.time_ns() // 1_000_000,
        "asOf": run.as_of,
        "dataHash": run.data_hash,
        "codeCommit": code_commit,
        "seed": seed,
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
    manifest = write_manifest(out, facts)
    report("done", version=manifest["version"])
    return manifest
