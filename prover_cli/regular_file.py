"""Opening files without ever waiting for one: a named pipe, a socket or a terminal in the place of a file is
refused by what it is, for opening it could block until somebody writes to it."""

import os
import stat
from typing import BinaryIO, Literal

WAITS_FOR_NOBODY = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

_KINDS = (
    (stat.S_ISDIR, "it is a folder"),
    (stat.S_ISFIFO, "it is a pipe"),
    (stat.S_ISSOCK, "it is a socket"),
    (stat.S_ISCHR, "it is a device"),
    (stat.S_ISBLK, "it is a device"),
)


def open_regular(path: "str | os.PathLike[str]") -> BinaryIO:
    """The file, for reading. Raises OSError, whose `strerror` says what stands there if it is no regular
    file."""
    return _checked(os.open(path, WAITS_FOR_NOBODY), "rb")


def read_regular(path: "str | os.PathLike[str]") -> bytes:
    """The whole file. Raises OSError."""
    with open_regular(path) as file:
        return file.read()


def append_regular(path: "str | os.PathLike[str]") -> BinaryIO:
    """The file, made where it is missing, for writing at its end. Raises OSError."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    return _checked(os.open(path, flags, 0o666), "ab")


def write_into(path: "str | os.PathLike[str]", data: bytes) -> None:
    """Writes into a pipe or a device, which cannot be replaced. Raises OSError, also where nobody reads a
    pipe."""
    handle = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "wb") as file:
        os.set_blocking(handle, True)
        file.write(data)


def why_not_regular(mode: int) -> str | None:
    """What stands in the place of a file with this `st_mode`; None for a regular file."""
    if stat.S_ISREG(mode):
        return None
    return next((words for test, words in _KINDS if test(mode)), "it is not a file")


def _checked(handle: int, mode: Literal["rb", "ab"]) -> BinaryIO:
    why = why_not_regular(os.fstat(handle).st_mode)
    if why is not None:
        os.close(handle)
        raise OSError(0, why)
    return os.fdopen(handle, mode)
