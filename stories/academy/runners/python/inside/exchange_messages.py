"""Reads requests from standard input, and writes responses to a pipe.

Responses are claims: the learner's code could write them too.
"""

import io
import os
from collections.abc import Callable

# The learner's code may replace these functions in their module.
from json import dumps, loads
from typing import Any, TypeAlias

Message: TypeAlias = dict[str, Any]
Send: TypeAlias = Callable[[Message], None]

REQUESTS_FD, RESULTS_FD = 0, 3
# Number of characters of the printed output that are sent.
MOST_PRINTED = 2_000
# Number of digits of the length in bytes that precedes a request.
DIGITS = 10


def read() -> Message | None:
    """Reads one request, or returns None at the end. Reads no byte of the next one, which another process may read."""
    length = _exactly(DIGITS)
    if len(length) < DIGITS:
        return None
    request: Message = loads(_exactly(int(length)))
    return request


def _exactly(count: int) -> bytes:
    """Reads this number of bytes, or fewer at the end."""
    content = b""
    while len(content) < count and (more := os.read(REQUESTS_FD, count - len(content))):
        content += more
    return content


def sender(token: str) -> Send:
    """Returns a function that writes messages, one line of JSON each, preceded by the token."""

    def send(message: Message) -> None:
        line = f"{token} {dumps(message)}\n".encode()
        while line:
            line = line[os.write(RESULTS_FD, line) :]

    return send


class Printed(io.TextIOBase):
    """Sends the beginning of what the code prints."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._left = MOST_PRINTED

    def write(self, text: str) -> int:
        """Sends the text, or its beginning."""
        shown = text[: self._left]
        self._left -= len(shown)
        if shown:
            self._send({"kind": "printed", "text": shown})
        return len(text)
