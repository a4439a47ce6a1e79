"""Opening files without ever waiting for one: a named pipe, a socket or a terminal in the place of a file is
refused by what it is, for opening it could block until somebody writes to it."""

import mmap
import os
import stat
from pathlib import Path
from typing import BinaryIO, Literal

WAITS_FOR_NOBODY = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

OWN_HANDLES = ("/dev/fd/", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/proc/self/")
"""Paths that mean another file, or none, in another process."""

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


def mapped(file: BinaryIO) -> mmap.mmap | bytes:
    """An open file as it lies in memory, for reading; an empty one cannot be mapped."""
    size = os.fstat(file.fileno()).st_size
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""


def append_regular(path: "str | os.PathLike[str]") -> BinaryIO:
    """The file, made where it is missing, for writing at its end. Raises OSError."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    return _checked(os.open(path, flags, 0o666), "ab")


def why_not_regular(mode: int) -> str | None:
    """What stands in the place of a file with this `st_mode`; None for a regular file."""
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
    """Whether only this process can read what the path names, and perhaps once: a pipe, a device, or a handle
    of its own, which is what the shell's `<(…)` gives."""
    try:
        return (
            str(path.absolute()).startswith(OWN_HANDLES) or why_not_regular(path.stat().st_mode) is not None
        )
    except OSError:
        return False  # it is not there, or whoever opens it says what is wrong


def _checked(handle: int, mode: Literal["rb", "ab"]) -> BinaryIO:
    why = why_not_regular(os.fstat(handle).st_mode)
    if why is not None:
        os.close(handle)
        raise OSError(0, why)
    return os.fdopen(handle, mode)
