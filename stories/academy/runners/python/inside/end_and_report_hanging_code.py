"""Reports code that runs too long, with its line and its processor time, and ends the process."""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from exchange_messages import Send

# Share of the limit. If the code got less processor time, the machine was too busy, or the code waited. The code then
# gets more time.
BUSY = 0.5
# Maximum time of such code, as a multiple of the limit. The judge has the same constant.
PATIENCE = 3


@contextmanager
def watched(file: str, seconds: float, send: Send) -> Iterator[None]:
    """Ends the process if the block takes longer. A block in native code ends later: the judge's own limit ends it."""
    main, ended = threading.get_ident(), threading.Event()
    start, cpu_start = time.monotonic(), time.process_time()

    def watch() -> None:
        while not ended.wait(seconds if time.monotonic() - start < seconds else seconds / 4):
            cpu = time.process_time() - cpu_start
            if cpu >= BUSY * seconds or time.monotonic() - start >= PATIENCE * seconds:
                failure = {"kind": "hang", "cpuMs": 1_000 * cpu, "line": _line_of(main, file)}
                send({"kind": "failure", "failure": failure})
                os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def _line_of(thread: int, file: str) -> int | None:
    """Returns the line of the file that a thread is in, or None if it is in none."""
    frame = sys._current_frames().get(thread)  # noqa: SLF001
    while frame is not None and frame.f_code.co_filename != file:
        frame = frame.f_back
    return None if frame is None else frame.f_lineno
