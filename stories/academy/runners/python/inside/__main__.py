"""Runs learners' modules of the trainer in a confined process, and reports what happened. It judges nothing.

Started as `python -I -B FOLDER`. Standard input has requests, which protocol.ts describes: first `warm`, which imports
the trainer's packages. That takes seconds. Then, for each check:

1. `prepare`: computes the expected results with the reference, before any code of the learner is in the process.
2. `run`: loads the learner's module, and makes the step's calls.

Each check runs in a copy of the warm process, which can neither start nor signal a process. So checks share the imports
and nothing else.
"""

import importlib
import importlib.util
import os
import shutil
import sys
import tempfile
import traceback
from base64 import b64decode
from collections.abc import Callable
from functools import partial

# The learner's code may replace these functions in their module.
from json import dumps, loads
from pathlib import Path
from types import ModuleType

from deny_files_network_and_processes import guard
from describe_errors_and_written_files import TooMuchError, describe, files_in
from end_and_report_hanging_code import watched
from exchange_messages import Message, Printed, Send, read, sender
from forbid_child_processes import become_single
from learner_module_importer import LearnerModule


def main() -> None:
    """Imports what the checks need, and runs one check after another."""
    warm = read()
    if warm is None:
        return
    send = sender(warm["token"])
    learner = LearnerModule(warm["module"])
    sys.meta_path.insert(0, learner)
    sys.path.insert(0, warm["package"])
    for name in warm["imports"]:
        importlib.import_module(name)
    scenarios = _load(Path(warm["scenarios"]))
    send({"kind": "warm"})
    while (prepare := read()) is not None:
        if warm["filter"] is None:
            _check(prepare, learner, scenarios, send)
            return
        _in_copy(partial(_check, prepare, learner, scenarios, send), warm["filter"], send)
        shutil.rmtree(prepare["folder"], ignore_errors=True)


def _in_copy(check: Callable[[], None], seccomp_filter: str, send: Send) -> None:
    """Runs a check in a copy of this process, and reports its exit status."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            become_single(bytes.fromhex(seccomp_filter))
            check()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    send({"kind": "ended", "status": os.waitstatus_to_exitcode(status)})


def _load(path: Path) -> ModuleType:
    """Loads the step's scenarios, which need not be in a folder of packages."""
    spec = importlib.util.spec_from_file_location("scenarios", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["scenarios"] = module
    spec.loader.exec_module(module)
    return module


def _check(prepare: Message, learner: LearnerModule, scenarios: ModuleType, send: Send) -> None:
    """Runs one check. Only the last request names the learner's file."""
    prepared = scenarios.prepare(prepare["seed"])
    send({"kind": "expected", "expected": scenarios.expected(prepared, prepare["inputs"])})
    run = read()
    if run is None:
        return
    root = Path(prepare["folder"])
    for name in ("temporary", *scenarios.CALLS):
        (root / name).mkdir(parents=True)
    tempfile.tempdir = str(root / "temporary")
    learner.provide(run["file"], b64decode(run["source"]))
    sys.stdout = sys.stderr = Printed(send)
    guard(readable=run["readable"], writable=str(root))
    function = _function(learner, run, send)
    if function is None:
        return
    for name, call in scenarios.CALLS.items():
        send({"kind": "call", "name": name})
        outcome = _outcome(run, partial(call, function, prepared, root / name), send)
        try:
            files = files_in(root / name)
        except (OSError, TooMuchError) as error:
            outcome, files = {"kind": "unusable", "described": str(error)}, []
        send({"kind": "outcome", "name": name, "outcome": outcome, "files": files})
    send({"kind": "done"})


def _function(learner: LearnerModule, run: Message, send: Send) -> Callable[..., object] | None:
    """Loads the module, and returns the function. If the module has no such function, reports a failure."""
    try:
        with watched(run["file"], run["loadSeconds"], send):
            module = importlib.import_module(learner.name)
    except BaseException as error:
        send({"kind": "failure", "failure": {"kind": "load", **describe(error, run["file"])}})
        return None
    function: Callable[..., object] | None = getattr(module, run["name"], None)
    if callable(function):
        send({"kind": "loaded"})
        return function
    defined = [name for name, value in vars(module).items() if getattr(value, "__module__", None) == learner.name]
    send({"kind": "failure", "failure": {"kind": "missing", "defined": defined[:20]}})
    return None


def _outcome(run: Message, call: Callable[[], object], send: Send) -> Message:
    try:
        with watched(run["file"], run["callSeconds"], send):
            value = call()
    except BaseException as error:
        return {"kind": "raised", **describe(error, run["file"])}
    try:
        return {"kind": "returned", "value": loads(dumps(value, allow_nan=False))}
    except (TypeError, ValueError, RecursionError) as error:
        return {"kind": "unusable", "described": str(error)[:200]}


if __name__ == "__main__":
    main()
