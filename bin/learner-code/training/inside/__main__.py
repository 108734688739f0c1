"""Runs the trainer in a confined process, and sends its progress and the model's files.

Started as `python -I -B FOLDER PACKAGE OUT CORES COMMAND OPTION…`. COMMAND is `train`, or one of
train_or_export_stored_model.py. File descriptor 3 receives the lines of the progress, and then, for each file of the
model, a line of JSON with its name and its size, followed by its bytes.
"""

import io
import json
import os
import sys
from pathlib import Path

RESULTS_FD = 3


def main() -> int:
    """Trains a model.

    Returns:
        The exit status of the trainer.
    """
    _, package, out, cores, command, *options = sys.argv
    _limit_cores(int(cores))
    results = os.fdopen(RESULTS_FD, "wb")
    sys.stderr = io.TextIOWrapper(results, encoding="utf-8", line_buffering=True)
    sys.path.insert(0, package)
    status = _run(command, out, options)
    sys.stderr.flush()
    if status == 0:
        for path in sorted(path for path in Path(out).iterdir() if path.is_file()):
            content = path.read_bytes()
            results.write(json.dumps({"file": path.name, "bytes": len(content)}).encode() + b"\n" + content)
        results.flush()
    return status


def _run(command: str, out: str, options: list[str]) -> int:
    # The package sets variables that PyTorch reads when it is loaded.
    from agentbricks_trainer.__main__ import main as trainer

    if command == "train":
        return trainer(["train", "--out", out, *options])
    import train_or_export_stored_model

    data, *fitted = map(Path, options)
    if command == "fit":
        return train_or_export_stored_model.fit(data, Path(out))
    return train_or_export_stored_model.export(data, Path(out), *fitted)


def _limit_cores(most: int) -> None:
    """Limits the threads of the numerical libraries, because the confinement limits the threads of the process."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:most])
        cores = len(os.sched_getaffinity(0))
        os.cpu_count = lambda: cores


if __name__ == "__main__":
    sys.exit(main())
