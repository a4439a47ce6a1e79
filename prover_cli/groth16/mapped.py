"""A key file mapped into memory: opened once, its structure checked, never copied."""

import hashlib
import mmap
import os
from functools import cached_property
from pathlib import Path

from prover_cli.faults import Code, SetupFault
from prover_cli.formats.verification_key import VerificationKey
from prover_cli.formats.zkey import parse_zkey, verification_key
from prover_cli.regular_file import open_regular


class MappedKey:
    """Raises SetupFault: KEY_UNREADABLE, KEY_TRUNCATED, KEY_CORRUPT, KEY_PROTOCOL, KEY_CURVE."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = open_regular(path)  # kept, to see whether somebody writes into it
            self.status = os.fstat(self._file.fileno())
            """Of the file when it was mapped."""
            self.data: mmap.mmap | bytes = (
                mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ) if self.status.st_size else b""
            )
        except OSError as error:
            raise SetupFault(
                Code.KEY_UNREADABLE, f"key {path} cannot be read: {error.strerror or error}"
            ) from None
        self.layout = parse_zkey(self.data, str(path))

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self.data)

    @property
    def is_unchanged(self) -> bool:
        """Whether nobody has written into the file since it was mapped: what is mapped changes with it. One
        that was put in its place changes nothing here."""
        now = os.fstat(self._file.fileno())
        return (now.st_size, now.st_mtime_ns) == (self.status.st_size, self.status.st_mtime_ns)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the whole file, in hex: what a circuit's key is known by."""
        return hashlib.sha256(self.data).hexdigest()

    @cached_property
    def verification_key(self) -> VerificationKey:
        return verification_key(self.data, self.layout)
