"""A PLONK key file, mapped into memory, with its structure checked."""

from functools import cached_property
from pathlib import Path

from prover_cli.systems.plonk.layout import RULES, parse_zkey, verification_key
from prover_cli.systems.plonk.verification_key import VerificationKey
from prover_cli.systems.plonkish import mapped


class MappedKey(mapped.MappedKey):
    """Raises SetupFault: KEY_UNREADABLE, KEY_TRUNCATED, KEY_CORRUPT, KEY_PROTOCOL, KEY_CURVE."""

    system = "plonk"
    rules = RULES

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.layout = parse_zkey(self.data, str(path))

    @cached_property
    def verification_key(self) -> VerificationKey:
        return verification_key(self.data, self.layout)
