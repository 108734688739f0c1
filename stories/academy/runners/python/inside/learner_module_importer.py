"""Puts the learner's source in the place of one module of the trainer. The process cannot read the reference."""

from collections.abc import Sequence
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import decode_source, spec_from_loader
from types import CodeType, ModuleType


class LearnerModule(MetaPathFinder, InspectLoader):
    """Finds and loads the module with the given name. Before `provide`, the module cannot be imported."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.file = ""
        self._source: bytes | None = None

    def provide(self, file: str, source: bytes) -> None:
        """Sets the bytes of the source, and the file's name in stack traces."""
        self.file, self._source = file, source

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Finds only the module itself."""
        if fullname != self.name:
            return None
        if self._source is None:
            raise ImportError(f"{fullname} is the learner's, and was imported before there was one")
        return spec_from_loader(fullname, self, origin=self.file)

    def get_source(self, _fullname: str) -> str | None:
        """Returns the source, which also gives stack traces their lines.

        Raises:
            SyntaxError: With the line, if the source is not text.
        """
        return None if self._source is None else decoded(self._source, self.file)

    def get_code(self, fullname: str) -> CodeType | None:
        """Compiles the source under the learner's file name."""
        return self.source_to_code(self.get_source(fullname) or "", self.file)


def decoded(source: bytes, file: str) -> str:
    """Decodes a source file as `python FILE` does: as UTF-8, unless the file declares another encoding.

    Raises:
        SyntaxError: With the line, if the source is not text.
    """
    try:
        text = decode_source(source)
    except (UnicodeDecodeError, SyntaxError) as error:
        wrong = error if isinstance(error, UnicodeDecodeError) else _not_utf8(source)
        if wrong is None:
            # Only the first two lines declare the encoding.
            raise _syntax_error(str(error.msg), source, max(0, source.find(b"coding")), file) from None  # type: ignore[union-attr]
        message = f"byte 0x{wrong.object[wrong.start]:02x} is not {wrong.encoding.upper()}"
        raise _syntax_error(message, wrong.object, wrong.start, file) from None
    if "\0" in text:
        raise _syntax_error("source code string cannot contain null bytes", source, source.find(0), file)
    return text


def _not_utf8(source: bytes) -> UnicodeDecodeError | None:
    try:
        source.decode()
    except UnicodeDecodeError as error:
        return error
    return None


def _syntax_error(message: str, source: bytes, at: int, file: str) -> SyntaxError:
    line = len((source[:at] + b".").splitlines())
    return SyntaxError(message, (file, line, None, None))
