"""The two secrets that make a proof zero-knowledge: native/src/groth16/prover/blinding.rs says why."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from prover_cli.formats.curves import Curve
from prover_cli.formats.wtns import Witness

SALT = b"prove-batch fixture 1"
"""To be changed if the derivation ever changes."""

MARGIN = 16
"""Extra bytes beyond the field's size. Reducing a number 2^128 times larger leaves no measurable bias."""


@dataclass(frozen=True, repr=False)
class Blinding:
    """r1 uniform in 1 … r−1, r2 uniform in 0 … r−1."""

    r1: int
    r2: int

    @staticmethod
    def fresh(curve: Curve) -> "Blinding":
        """From the operating system's random source. `secrets.randbelow` uses rejection sampling, so every
        value in the range is equally likely."""
        return Blinding(1 + secrets.randbelow(curve.r - 1), secrets.randbelow(curve.r))

    @staticmethod
    def seeded(seed: bytes, key_sha256: str, witness: Witness) -> "Blinding":
        """The same for the same seed, key and witness. Only for fixtures: anyone who knows the seed can undo
        the zero-knowledge. HKDF with SHA-256 (RFC 5869); its info is the hashes of key and witness."""
        curve = witness.curve
        size = curve.n8r + MARGIN
        info = bytes.fromhex(key_sha256) + hashlib.sha256(witness.values).digest()
        drawn = _expand(hmac.new(SALT, seed, hashlib.sha256).digest(), info, 2 * size)
        first, second = int.from_bytes(drawn[:size], "big"), int.from_bytes(drawn[size:], "big")
        return Blinding(1 + first % (curve.r - 1), second % curve.r)


def _expand(key: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869, section 2.3."""
    block, out = b"", b""
    for count in range(1, -(-length // 32) + 1):
        block = hmac.new(key, block + info + bytes([count]), hashlib.sha256).digest()
        out += block
    return out[:length]
