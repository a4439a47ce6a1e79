"""A key's file, mapped into memory: opened once and never copied, whatever the proof system."""

import hashlib
import os
import weakref
from functools import cached_property
from pathlib import Path

from prover_cli.faults import Code, SetupFault
from prover_cli.regular_file import mapped, open_regular


class KeyFile:
    """Raises SetupFault KEY_UNREADABLE."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with open_regular(path) as file:
                self.status = os.fstat(file.fileno())
                """Of the file when it was mapped."""
                self.data = mapped(file)
                self._handle = os.dup(file.fileno())  # kept, to see whether somebody writes into it
                weakref.finalize(self, os.close, self._handle)
        except OSError as error:
            raise SetupFault(
                Code.KEY_UNREADABLE, f"key {path} cannot be read: {error.strerror or error}"
            ) from None

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self.data)

    @property
    def is_unchanged(self) -> bool:
        """Whether nobody has written into the file since it was mapped: what is mapped changes with it. One
        that was put in its place changes nothing here."""
        now = os.fstat(self._handle)
        return (now.st_size, now.st_mtime_ns) == (self.status.st_size, self.status.st_mtime_ns)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the whole file, in hex: what a circuit's key is known by."""
        return hashlib.sha256(self.data).hexdigest()
