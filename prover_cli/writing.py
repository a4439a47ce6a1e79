"""Writing files: atomically, or directly into pipes and devices, and the faults for failed writes."""

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
    """Writes a file next to `path`, flushes it, and renames it. Readers see either the old file or the
    complete new one. Whatever was at `path` is replaced. Raises OSError."""
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
    """Writes to a path chosen by the user. Pipes and devices are written to directly, links are followed, and
    files are written atomically. Raises MachineFault DISK_FULL, OUTPUT_NOT_WRITABLE; SetupFault for a name
    that no file can have."""
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
    handle = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))  # fails for a pipe without a reader
    with os.fdopen(handle, "wb", buffering=0) as file:
        os.set_blocking(handle, True)
        write_all(file.fileno(), data)


def write_all(handle: int, data: bytes) -> None:
    """Writes all of it, bypassing buffers, so that a failed write is not repeated when the file is closed.
    Raises OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def write_failed(path: Path | None, error: OSError) -> MachineFault:
    """The fault for a failed write. None stands for standard output."""
    if path is None:
        reason = "it is closed" if error.errno == errno.EBADF else error.strerror or error
        code = Code.DISK_FULL if error.errno in FULL else Code.OUTPUT_NOT_WRITABLE
        return MachineFault(code, f"cannot write standard output: {reason}")
    if error.errno == errno.EFBIG:
        return MachineFault(
            Code.DISK_FULL,
            f"{path} has reached the maximum file size (ulimit -f, or the file system). Finished results are "
            "on disk: raise the limit and continue with --resume",
        )
    if error.errno in FULL:
        return MachineFault(
            Code.DISK_FULL,
            f"no space left to write {path}. Finished results are on disk: free some space and continue with "
            "--resume",
        )
    return MachineFault(Code.OUTPUT_NOT_WRITABLE, f"cannot write {path}: {error.strerror or error}")
