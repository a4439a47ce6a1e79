"""A Groth16 key file, mapped into memory, with its structure checked."""

from functools import cached_property
from pathlib import Path

from prover_cli.systems.groth16.layout import parse_zkey, verification_key
from prover_cli.systems.groth16.verification_key import VerificationKey
from prover_cli.systems.key_file import KeyFile


class MappedKey(KeyFile):
    """Raises SetupFault: KEY_UNREADABLE, KEY_TRUNCATED, KEY_CORRUPT, KEY_PROTOCOL, KEY_CURVE."""

    system = "groth16"
    n_tables = 3

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.layout = parse_zkey(self.data, str(path))

    @cached_property
    def verification_key(self) -> VerificationKey:
        """Its points are not checked here."""
        return verification_key(self.data, self.layout)
