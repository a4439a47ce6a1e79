"""The three standard streams, whatever the caller made of them: closed, full, or in another encoding.

A stream that the caller closed leaves its number free, and the next file that is opened would get it: a key
could become standard output. So each number is taken by something that says no: reading from a closed
standard input and writing to a closed standard output fail, and what goes to a closed standard error is gone,
as asked.
"""

import codecs
import io
import os
import sys
from collections.abc import Iterable
from typing import Any, TextIO

from prover_cli.faults import Code, SetupFault
from prover_cli.names import as_text

STREAM = "-"
"""What a source or a target is called that is a standard stream."""

_closed: set[int] = set()

ESCAPES = "prove-batch-escapes"
"""How letters are written that a stream's encoding lacks."""


ASCII = str.maketrans({"→": "->", "·": "-", "–": "-", "…": "...", "×": "x"})
"""Our own signs, for streams that lack them."""


def _escaped(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    part = as_text(error.object[error.start : error.end]).translate(ASCII)
    return part.encode(error.encoding, "backslashreplace"), error.end


codecs.register_error(ESCAPES, _escaped)


def prepare() -> None:
    """To be called once, before anything is opened."""
    for number, stand_in in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            _closed.add(number)
            _take(number, stand_in)
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False)  # noqa: SIM115  (a number, and for as long as we live)
    sys.stdout = _text(_Output(1, "wb", closefd=False), _encoding(sys.stdout))
    sys.stderr = _text(_Diagnostics(2, "wb", closefd=False), _encoding(sys.stderr), by_line=True)


def may_hold_jobs() -> bool:
    """Whether standard input is a source where none is named: it is open, and nobody types into it."""
    return 0 not in _closed and not sys.stdin.isatty()


def refuse_closed(
    sources: Iterable[str], *targets: str | None, advice: str = "redirect it, or give -o DIR"
) -> None:
    """Raises SetupFault NO_SOURCE, OUTPUT_NOT_WRITABLE where a stream is to be used that the caller
    closed."""
    if 0 in _closed and STREAM in sources:
        raise SetupFault(Code.NO_SOURCE, "standard input is closed: give a folder or files, or redirect it")
    if 1 in _closed and STREAM in targets:
        raise SetupFault(Code.OUTPUT_NOT_WRITABLE, f"standard output is closed: {advice}")


def give_up_output() -> None:
    """Nothing may be written to standard output again, at the end of the program either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


class _Output(io.FileIO):
    """Standard output. Raises MachineFault DISK_FULL, OUTPUT_NOT_WRITABLE, and BrokenPipeError as it is:
    there is nobody to be told."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            from prover_cli.writing import write_failed  # here, for each start would pay for it

            raise write_failed(None, error) from None


class _Diagnostics(io.FileIO):
    """Standard error. What cannot be written to it is lost: it is full, or its reader went away, and that is
    no reason to end otherwise."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError:
            return len(data)


def _encoding(stream: TextIO | None) -> str:
    return stream.encoding if stream is not None else "utf-8"


def _text(raw: io.FileIO, encoding: str, by_line: bool = False) -> io.TextIOWrapper:
    # A name with a byte that is not UTF-8, or a letter that the terminal's encoding lacks, is no reason to
    # fail.
    buffer = io.BufferedWriter(raw)
    return io.TextIOWrapper(buffer, encoding, ESCAPES, line_buffering=by_line or raw.isatty())


def _take(number: int, flags: int) -> None:
    opened = os.open(os.devnull, flags)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)
    os.set_inheritable(number, True)
