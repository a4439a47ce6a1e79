"""An FFLONK key file, mapped into memory, with its structure checked."""

from functools import cached_property
from pathlib import Path

from prover_cli.systems.fflonk.layout import RULES, FflonkLayout, parse_zkey, verification_key
from prover_cli.systems.fflonk.verification_key import VerificationKey
from prover_cli.systems.plonkish import mapped


class MappedKey(mapped.MappedKey):
    """Raises SetupFault: KEY_UNREADABLE, KEY_TRUNCATED, KEY_CORRUPT, KEY_PROTOCOL, KEY_CURVE."""

    system = "fflonk"
    rules = RULES
    layout: FflonkLayout

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.layout = parse_zkey(self.data, str(path))

    @cached_property
    def verification_key(self) -> VerificationKey:
        return verification_key(self.data, self.layout)
