"""Describes what a call of the learner's code raised and wrote."""

import base64
import stat
import traceback
from pathlib import Path

from exchange_messages import Message

# Limits of what a call may write. The judge has its own limit of all bytes.
MOST_FILES = 16
MOST_BYTES = 8_000_000
MOST_CHARACTERS = 500


class TooMuchError(Exception):
    """Raised when a call wrote more than the judge reads."""


def describe(error: BaseException, file: str) -> Message:
    """Describes an error: its type, its message, its classes, and the last line of the learner's file in its trace."""
    try:
        message = str(error)
    except Exception:
        message = "(its message raised another error)"
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == file]
    if isinstance(error, SyntaxError) and error.filename == file:
        lines.append(error.lineno or 1)
        message = str(error.msg)
    return {
        "type": type(error).__name__,
        "message": message[:MOST_CHARACTERS],
        "classes": [of.__name__ for of in type(error).__mro__],
        "line": lines[-1] if lines else None,
    }


def files_in(folder: Path) -> list[Message]:
    """Returns the regular files of a folder with their contents, base64.

    Raises:
        TooMuchError: If they exceed the limits.
    """
    regular = [path for path in sorted(folder.rglob("*")) if stat.S_ISREG(path.lstat().st_mode)]
    total = sum(path.lstat().st_size for path in regular)
    if len(regular) > MOST_FILES or total > MOST_BYTES:
        raise TooMuchError(
            f"files: {len(regular)} with {total} bytes together; at most {MOST_FILES} with {MOST_BYTES} are read"
        )
    return [
        {"path": str(path.relative_to(folder)), "content": base64.b64encode(path.read_bytes()).decode()}
        for path in regular
    ]
