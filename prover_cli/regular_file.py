"""Opening files without ever blocking. If a path is a named pipe, a socket or a terminal, it is refused with
a message saying so, because opening it could block until somebody writes to it."""

import mmap
import os
import stat
from pathlib import Path
from typing import BinaryIO, Literal

WAITS_FOR_NOBODY = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

OWN_HANDLES = ("/dev/fd/", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/proc/self/")
"""Paths that mean something else, or nothing, in another process."""

_KINDS = (
    (stat.S_ISDIR, "it is a folder"),
    (stat.S_ISFIFO, "it is a pipe"),
    (stat.S_ISSOCK, "it is a socket"),
    (stat.S_ISCHR, "it is a device"),
    (stat.S_ISBLK, "it is a device"),
)


def open_regular(path: "str | os.PathLike[str]") -> BinaryIO:
    """Opens a file for reading. Raises OSError. If it is not a regular file, `strerror` says what it is."""
    return _checked(os.open(path, WAITS_FOR_NOBODY), "rb")


def read_regular(path: "str | os.PathLike[str]") -> bytes:
    """Reads a whole file. Raises OSError."""
    with open_regular(path) as file:
        return file.read()


def mapped(file: BinaryIO) -> mmap.mmap | bytes:
    """Maps an open file for reading. Returns empty bytes for an empty file, which cannot be mapped."""
    size = os.fstat(file.fileno()).st_size
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""


def append_regular(path: "str | os.PathLike[str]") -> BinaryIO:
    """Opens a file for appending, and creates it if it is missing. Raises OSError."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    return _checked(os.open(path, flags, 0o666), "ab")


def why_not_regular(mode: int) -> str | None:
    """What a path with this `st_mode` is, if it is not a regular file. None if it is."""
    if stat.S_ISREG(mode):
        return None
    return next((words for test, words in _KINDS if test(mode)), "it is not a file")


def is_folder(path: Path) -> bool:
    """Whether a folder stands there. Nothing can stand under a name that the system refuses, such as one that
    is too long; pathlib raises for those."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_piped(path: Path) -> bool:
    """Whether the path can only be read by this process, and perhaps only once: a pipe, a device, or one of
    its own handles, such as the shell's `<(…)`."""
    try:
        return (
            str(path.absolute()).startswith(OWN_HANDLES) or why_not_regular(path.stat().st_mode) is not None
        )
    except OSError:
        return False  # it is missing, or opening it will report what is wrong


def _checked(handle: int, mode: Literal["rb", "ab"]) -> BinaryIO:
    why = why_not_regular(os.fstat(handle).st_mode)
    if why is not None:
        os.close(handle)
        raise OSError(0, why)
    return os.fdopen(handle, mode)
