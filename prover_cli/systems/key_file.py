"""A key file of any proof system, mapped into memory: opened once and never copied."""

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
                """The file's status when it was mapped."""
                self.data = mapped(file)
                self._handle = os.dup(file.fileno())  # kept open to detect changes to the file
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
        """Whether the file has not been modified since it was mapped. A modification would change the mapped
        data. Replacing the file with another one does not."""
        now = os.fstat(self._handle)
        return (now.st_size, now.st_mtime_ns) == (self.status.st_size, self.status.st_mtime_ns)

    @property
    def bases_sha256(self) -> str:
        """What tables of multiples are bound to: the hash of what holds their bases, in hex."""
        return self.sha256

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the whole file, in hex, which identifies a circuit's key."""
        return hashlib.sha256(self.data).hexdigest()
