"""A PLONK key file, mapped into memory, with its structure checked."""

import hashlib
from functools import cached_property
from pathlib import Path

from prover_cli.systems.key_file import KeyFile
from prover_cli.systems.plonk.layout import parse_zkey, verification_key
from prover_cli.systems.plonk.verification_key import VerificationKey


class MappedKey(KeyFile):
    """Raises SetupFault: KEY_UNREADABLE, KEY_TRUNCATED, KEY_CORRUPT, KEY_PROTOCOL, KEY_CURVE."""

    system = "plonk"
    n_tables = 1

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.layout = parse_zkey(self.data, str(path))

    @cached_property
    def bases_sha256(self) -> str:
        """Of the powers of tau: keys of one ceremony over domains of one size have the same, and share their
        tables."""
        section = self.layout.powers
        with memoryview(self.data) as data, data[section.offset : section.end] as powers:
            return hashlib.sha256(powers).hexdigest()

    @cached_property
    def verification_key(self) -> VerificationKey:
        """Its points are not checked here."""
        return verification_key(self.data, self.layout)
