"""A key file mapped into memory: opened once, its structure checked, never copied."""

import hashlib
import mmap
import os
from functools import cached_property
from pathlib import Path

from prover_cli.errors import SetupFault
from prover_cli.formats.verification_key import VerificationKey
from prover_cli.formats.zkey import parse_zkey, verification_key
from prover_cli.regular_file import open_regular


class MappedKey:
    """Raises SetupFault: KEY_UNREADABLE, KEY_TRUNCATED, KEY_CORRUPT, KEY_PROTOCOL, KEY_CURVE."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with open_regular(path) as file:
                self.data: mmap.mmap | bytes = (
                    mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                    if os.fstat(file.fileno()).st_size
                    else b""
                )
        except OSError as error:
            raise SetupFault(
                "KEY_UNREADABLE", f"key {path} cannot be read: {error.strerror or error}"
            ) from None
        self.layout = parse_zkey(self.data, str(path))

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self.data)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the whole file, in hex: what a circuit's key is known by."""
        return hashlib.sha256(self.data).hexdigest()

    @cached_property
    def verification_key(self) -> VerificationKey:
        return verification_key(self.data, self.layout)
