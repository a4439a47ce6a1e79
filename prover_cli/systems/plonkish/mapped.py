"""A key file of gates, mapped into memory, with its structure checked."""

import hashlib
from abc import ABC, abstractmethod
from functools import cached_property
from typing import ClassVar

from prover_cli.systems.key_file import KeyFile
from prover_cli.systems.plonkish.arithmetisation import Rules
from prover_cli.systems.plonkish.layout import Layout
from prover_cli.systems.plonkish.verification_key import VerificationKey


class MappedKey(KeyFile, ABC):
    """Raises SetupFault: KEY_UNREADABLE, KEY_TRUNCATED, KEY_CORRUPT, KEY_PROTOCOL, KEY_CURVE."""

    system: ClassVar[str]
    rules: ClassVar[Rules]
    """How its gates are made from constraints."""
    n_tables = 1
    layout: Layout

    @cached_property
    def bases_sha256(self) -> str:
        """Of the powers of tau: keys of one ceremony over domains of one size have the same, and share their
        tables."""
        section = self.layout.powers
        with memoryview(self.data) as data, data[section.offset : section.end] as powers:
            return hashlib.sha256(powers).hexdigest()

    @property
    @abstractmethod
    def verification_key(self) -> VerificationKey:
        """Its points are not checked here."""
