"""Witnesses that are given as paths: of the caller's own files, refused, or confined to a folder.

Whoever sends a request or adds a job to a queue must not have this machine open what he names.
"""

import os
import stat
from pathlib import Path
from typing import Protocol

from prover_cli.faults import Code, JobFault, SetupFault
from prover_cli.names import to_file
from prover_cli.witness.source import WitnessSource


class Paths(Protocol):
    """What becomes of a witness that is given as a path."""

    def source(self, path: str, where: str) -> WitnessSource:
        """Raises JobFault."""
        ...


class LocalPaths:
    """The caller's own files, relative to `base`; the worker reads them."""

    def __init__(self, base: Path) -> None:
        self._base = base

    def source(self, path: str, where: str) -> WitnessSource:
        return WitnessSource(path=str(self._base / to_file(path)))


class RefusedPaths:
    """None at all: the witness is to come inline."""

    def source(self, path: str, where: str) -> WitnessSource:
        raise JobFault(
            Code.PATH_REFUSED,
            f"{where}: paths are not accepted here; send the witness in base64, or ask the operator to set "
            "--witness-root",
        )


class ConfinedPaths:
    """Files below `root`, and nothing that a link leads out of it. They are opened and read here, and what
    was opened is looked at: a link that changes meanwhile gains nothing."""

    def __init__(self, root: Path, most: int) -> None:
        """`most` is the bytes that a witness may have. Raises SetupFault NO_WITNESS_ROOT."""
        self._root = root.resolve()
        self._most = most
        if not self._root.is_dir():
            raise SetupFault(Code.NO_WITNESS_ROOT, f"--witness-root {root} is not a folder")

    def source(self, path: str, where: str) -> WitnessSource:
        outside = JobFault(Code.PATH_REFUSED, f"{where}: the path is not below the witness root")
        absent = JobFault(Code.WITNESS_UNREADABLE, f"{where}: no such witness below the witness root")
        path = to_file(path)
        try:
            resolved = (self._root / path).resolve(strict=True)
        except (OSError, ValueError, RuntimeError):
            # Of what lies outside not even that it is missing is told.
            raise (outside if self._leads_out(path) else absent) from None
        if not resolved.is_relative_to(self._root):
            raise outside
        try:
            # Not blocking: a pipe without a writer would hold this thread for ever.
            handle = os.open(
                resolved, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
            )
        except OSError:
            raise absent from None
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            opened = Path(f"/proc/self/fd/{handle}")
            if not stat.S_ISREG(status.st_mode):
                raise absent
            if opened.is_symlink() and not opened.readlink().is_relative_to(self._root):
                raise outside
            if status.st_size > self._most:
                raise JobFault(
                    Code.WITNESS_TOO_LARGE, f"{where}: the witness is larger than {self._most} bytes"
                )
            return WitnessSource(data=file.read(self._most))

    def _leads_out(self, path: str) -> bool:
        try:
            return not (self._root / path).resolve().is_relative_to(self._root)
        except (OSError, ValueError, RuntimeError):
            return True
