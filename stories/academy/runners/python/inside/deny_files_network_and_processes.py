"""Denies what a module of the trainer does not need: other files, sockets, processes and native code.

The operating system confines this process. The guard gives an honest learner a sentence instead of an error number, and
covers systems without namespaces as far as Python's audit events reach: native code raises no events.
"""

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

# Names of audit events, or the beginnings of such names. The values describe what the code tried to do.
DENIED = {
    "socket.": "use the network",
    "subprocess.": "start a process",
    "os.exec": "start a process",
    "os.fork": "start a process",
    "os.posix_spawn": "start a process",
    "os.spawn": "start a process",
    "os.system": "start a process",
    "pty.spawn": "start a process",
    "os.kill": "signal a process",
    "signal.pthread_kill": "signal a process",
    "ctypes.": "call native code",
    "gc.get_": "search the memory of the process",
    "sqlite3.": "open a database",
}
# Audit events of changes to files, and the number of their arguments that are paths.
CHANGES = {
    "os.chmod": 1,
    "os.chown": 1,
    "os.link": 2,
    "os.mkdir": 1,
    "os.remove": 1,
    "os.rename": 2,
    "os.rmdir": 1,
    "os.setxattr": 1,
    "os.symlink": 2,
    "os.truncate": 1,
    "os.utime": 1,
}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
PATHS = (str, bytes, os.PathLike)


class NotAllowedError(PermissionError):
    """Raised when a learner's module does something that a check does not allow."""


def guard(readable: Sequence[str], writable: str) -> None:
    """Starts to deny, until the process ends.

    Args:
        readable: Folders and files that may be read.
        writable: Folder in which files may be read and changed.
    """
    may_change = _inside_of([os.path.realpath(writable)])
    may_read = _inside_of([os.path.realpath(path) for path in [*readable, writable]])

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            writes = bool(flags & WRITES)
            _require(path, may_change if writes else may_read, "write" if writes else "read")
        elif event in CHANGES:
            for path in arguments[: CHANGES[event]]:
                _require(path, may_change, "change")
        elif event.startswith(tuple(DENIED)):
            tried = next(what for name, what in DENIED.items() if event.startswith(name))
            raise NotAllowedError(f"a check does not allow the code to {tried} ({event})")

    sys.addaudithook(hook)


def _require(path: Any, is_allowed: Callable[[Any], bool], action: str) -> None:  # noqa: ANN401
    """Raises an error if the path is not allowed. A number is allowed: it is the descriptor of an open file."""
    if isinstance(path, PATHS) and not is_allowed(path):
        name = os.fsdecode(path)
        raise NotAllowedError(f"a check does not allow the code to {action} {name}: only the given folder is writable")


def _inside_of(folders: list[str]) -> Callable[[Any], bool]:
    def is_inside(path: Any) -> bool:  # noqa: ANN401
        real = os.path.realpath(os.fsdecode(path))
        return any(real == folder or real.startswith(f"{folder}/") for folder in folders)

    return is_inside
