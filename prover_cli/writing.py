"""Writing files: whole or not at all, into what cannot be replaced, and what is said where that fails."""

import errno
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from prover_cli.faults import Code, MachineFault, SetupFault
from prover_cli.regular_file import is_piped

NO_NAMES = {errno.ENAMETOOLONG, errno.ELOOP}
FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


def write_atomically(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Writes beside `path`, flushes, renames: a reader sees the old file or the whole new one. What stood
    there is replaced, whatever it was. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        if os.name == "posix":
            Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def write_output(path: Path, data: bytes) -> None:
    """Writes to what a user named: a pipe or a device is written into, a link is followed, and a file is
    there whole or not at all. Raises MachineFault DISK_FULL, OUTPUT_NOT_WRITABLE; SetupFault for a name that
    no file can have."""
    try:
        if is_piped(path):
            _write_into(path, data)
        else:
            write_atomically(Path(os.path.realpath(path)), data)
    except OSError as error:
        if error.errno in NO_NAMES:
            words = f"cannot write {path}: {error.strerror}; give another name"
            raise SetupFault(Code.OUTPUT_NOT_WRITABLE, words) from None
        raise write_failed(path, error) from None


def _write_into(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))  # a pipe that nobody reads says so
    with os.fdopen(handle, "wb", buffering=0) as file:
        os.set_blocking(handle, True)
        write_all(file.fileno(), data)


def write_all(handle: int, data: bytes) -> None:
    """Writes all of it, past every buffer: what cannot be written is not tried again when the file is
    closed. Raises OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def write_failed(path: Path | None, error: OSError) -> MachineFault:
    """The fault for a write that the machine refused; None stands for standard output."""
    if path is None:
        reason = "it is closed" if error.errno == errno.EBADF else error.strerror or error
        code = Code.DISK_FULL if error.errno in FULL else Code.OUTPUT_NOT_WRITABLE
        return MachineFault(code, f"cannot write standard output: {reason}")
    if error.errno == errno.EFBIG:
        return MachineFault(
            Code.DISK_FULL,
            f"{path} may not become larger (ulimit -f, or the file system); what is done is on disk: raise "
            "the limit and go on with --resume",
        )
    if error.errno in FULL:
        return MachineFault(
            Code.DISK_FULL,
            f"no room to write {path}; what is done is on disk: make room and go on with --resume",
        )
    return MachineFault(Code.OUTPUT_NOT_WRITABLE, f"cannot write {path}: {error.strerror or error}")
