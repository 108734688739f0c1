"""Peak memory of this process."""

import re
import resource
import sys
from pathlib import Path

# Linux only.
STATUS = Path("/proc/self/status")
KIB = 1024
# Bytes per unit of ru_maxrss: macOS counts bytes, other systems kibibytes.
RSS_UNIT = 1 if sys.platform == "darwin" else KIB


def peak_memory() -> int:
    """Returns the peak resident set size of this process, in bytes.

    On Linux, ru_maxrss of a new process starts at the peak of the process that started it, and VmHWM starts at 0.
    """
    status = STATUS.read_text() if STATUS.exists() else ""
    peak = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return int(peak[1]) * KIB if peak else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT
