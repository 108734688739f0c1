"""Reads text files as valid UTF-8 without a byte-order mark, with lines that end in a newline."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agentbricks_trainer.errors import TrainerError

# First bytes of files that are not UTF-8 text → the name of that format.
SIGNATURES = {
    codecs.BOM_UTF16_LE: "UTF-16 or UTF-32 text",
    codecs.BOM_UTF16_BE: "UTF-16 text",
    codecs.BOM_UTF32_BE: "UTF-32 text",
    b"\x1f\x8b": "a gzip archive",
    b"PK\x03\x04": "a ZIP archive",
}
FORMS = (
    "Give UTF-8 text: lines of user, item, rating and time separated by tabs, with or without a header; "
    "or one line per user, `user item item …`, separated by spaces"
)


@dataclass(frozen=True)
class TextFile:
    """The content of a file. It is valid UTF-8 with at least one line that is not blank."""

    path: Path
    content: bytes

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yields the non-blank lines with their numbers, from 1."""
        for number, line in enumerate(self.content.decode().split("\n"), 1):
            if line.strip(" \t"):
                yield number, line

    def number_of(self, index: int) -> int:
        """Returns the line number, from 1, of a non-blank line by its index, from 0. Only error messages need it."""
        return next(number for i, (number, _) in enumerate(self.lines()) if i == index)

    def first(self) -> tuple[str, int]:
        """Returns the first non-blank line, and the position in bytes of the line after it."""
        start = 0
        while True:
            end = self.content.find(b"\n", start)
            end = len(self.content) if end < 0 else end
            line = self.content[start:end].decode()
            if line.strip(" \t"):
                return line, end + 1
            start = end + 1


def unreadable(path: Path, why: str, fix: str = FORMS) -> TrainerError:
    """Returns the error for a file that cannot be read."""
    return TrainerError(f"{path} cannot be read", why, fix)


def read_text(path: Path) -> TextFile:
    """Reads a file. Line ends of Windows and old Macs become newlines.

    Raises:
        TrainerError: If the file is missing, blank, binary, or not UTF-8.
    """
    raw = _bytes_of(path)
    content = raw.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        content.decode()
    except UnicodeDecodeError as error:
        raise unreadable(path, f"it is not UTF-8 text (line {_line_at(content, error.start)})") from error
    if (zero := content.find(b"\0")) >= 0:
        raise unreadable(path, f"it is binary data: line {_line_at(content, zero)} has a zero byte")
    if (mark := content.find(codecs.BOM_UTF8)) >= 0:
        raise unreadable(path, f"line {_line_at(content, mark)} has a byte-order mark, as after joining two files")
    if not content.strip(b" \t\n"):
        raise unreadable(path, "it is empty: it has no first line")
    return TextFile(path, content)


def _bytes_of(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise unreadable(path, error.strerror or str(error)) from error
    for signature, name in SIGNATURES.items():
        if raw.startswith(signature):
            raise unreadable(path, f"it is {name}, not UTF-8 text")
    return raw


def _line_at(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1
