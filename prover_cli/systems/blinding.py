"""Secrets of proofs that anybody who knows a seed can repeat: for fixtures only."""

import hashlib
import hmac
from collections.abc import Sequence

from prover_cli.formats.wtns import Witness

SALT = b"prove-batch fixture 1"
"""To be changed if the derivation ever changes."""

MARGIN = 16
"""Extra bytes beyond the field's size. Reducing a number 2^128 times larger leaves no measurable bias."""


def seeded_numbers(seed: bytes, key_sha256: str, witness: Witness, count: int) -> Sequence[int]:
    """Numbers of n8r + MARGIN bytes, the same for the same seed, key and witness. HKDF with SHA-256 (RFC
    5869); its info is the hashes of key and witness."""
    size = witness.curve.n8r + MARGIN
    info = bytes.fromhex(key_sha256) + hashlib.sha256(witness.values).digest()
    drawn = expand(hmac.new(SALT, seed, hashlib.sha256).digest(), info, count * size)
    return [int.from_bytes(drawn[at : at + size], "big") for at in range(0, count * size, size)]


def expand(key: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869, section 2.3."""
    block, out = b"", b""
    for count in range(1, -(-length // 32) + 1):
        block = hmac.new(key, block + info + bytes([count]), hashlib.sha256).digest()
        out += block
    return out[:length]
