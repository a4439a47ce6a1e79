"""Section 10 of a key: the contributions to its ceremony (snarkjs, src/zkey_utils.js, `readMPCParams`).

The hash of the circuit in 64 bytes, the number of contributions, and for each of them: δ in G1 after it; s
and s·x in G1 and x·p in G2, which prove that its factor x is known; a transcript of 64 bytes; its type; and,
after their length, parameters.
"""

import hashlib

from prover_cli.formats.container import Buffer
from prover_cli.formats.curves import Curve
from prover_cli.formats.points import G1
from prover_cli.formats.zkey import read_g1, read_g2
from prover_cli.systems.ceremony import Ceremony, Contribution
from prover_cli.systems.groth16.layout import beta1_delta1
from prover_cli.systems.groth16.mapped import MappedKey
from prover_cli.systems.groth16.verification_key import VerificationKey

CIRCUIT_HASH, TRANSCRIPT = 64, 64
"""Bytes."""

MOST = 10_000
"""Contributions that are listed. The largest ceremonies had some thousands."""

BEACON = 1
"""The type of a contribution that public randomness made."""

NAME, ITERATIONS, BEACON_HASH = 1, 2, 3
"""Parameters. The second has one byte, the others follow their length in a byte."""


def is_uncontributed(key: VerificationKey) -> bool:
    """Whether δ is γ, as `snarkjs groth16 setup` makes it and the first contribution changes it. Then anybody
    can forge proofs: A = α, B = β and C = −Σ public·IC satisfy the verifier's equation."""
    return key.delta2 == key.gamma2


def ceremony_of(mapped: MappedKey) -> Ceremony | None:
    """The contributions on record; None if the key has no record."""
    place = mapped.layout.contributions
    if place is None:
        return None
    section = _Reader(mapped.data, place.offset, place.end)
    try:
        section.take(CIRCUIT_HASH)
        count = section.uint()
        if count > MOST:
            return Ceremony(None, ends_here=False)
        found = [_contribution(section, mapped.layout.curve) for _ in range(count)]
    except EOFError:
        return Ceremony(None, ends_here=False)
    delta1 = beta1_delta1(mapped.data, mapped.layout)[1]
    ends_here = found[-1][1] == delta1 if found else is_uncontributed(mapped.verification_key)
    return Ceremony([contribution for contribution, _ in found], ends_here)


class _Reader:
    """Reads what lies one after the other."""

    def __init__(self, data: Buffer, start: int, end: int) -> None:
        self._data, self._at, self._end = data, start, end

    @property
    def is_at_end(self) -> bool:
        return self._at == self._end

    def take(self, size: int) -> bytes:
        """Raises EOFError where there are not as many bytes left."""
        if size > self._end - self._at:
            raise EOFError
        self._at += size
        return self._data[self._at - size : self._at]

    def part(self, size: int) -> "_Reader":
        """The next bytes, to be read apart. Raises EOFError."""
        start = self._at
        if size > self._end - start:
            raise EOFError
        self._at += size
        return _Reader(self._data, start, self._at)

    def uint(self, size: int = 4) -> int:
        return int.from_bytes(self.take(size), "little")


def _contribution(section: _Reader, curve: Curve) -> tuple[Contribution, G1]:
    """With δ after it. Its hash is BLAKE2b-512 over the points, uncompressed, and the transcript."""
    points = [section.take(curve.g1_size) for _ in range(3)] + [section.take(curve.g2_size)]
    transcript = section.take(TRANSCRIPT)
    is_beacon = section.uint() == BEACON
    name = _name(section.part(section.uint()))
    delta, *in_g1 = (read_g1(image, 0, curve) for image in points[:3])
    x, y = read_g2(points[3], 0, curve)
    numbers = [*delta, *(c for point in in_g1 for c in point), x[1], x[0], y[1], y[0]]
    uncompressed = b"".join(number.to_bytes(curve.n8q, "big") for number in numbers)
    return Contribution(name, is_beacon, hashlib.blake2b(uncompressed + transcript).digest()), delta


def _name(parameters: _Reader) -> str:
    """Raises EOFError, also for parameters that snarkjs refuses: they come in the order of their kinds."""
    name, last = "", 0
    while not parameters.is_at_end:
        kind = parameters.uint(1)
        if kind not in (NAME, ITERATIONS, BEACON_HASH) or kind <= last:
            raise EOFError
        value = parameters.take(1 if kind == ITERATIONS else parameters.uint(1))
        if kind == NAME:
            name = value.decode("utf-8", "replace")
        last = kind
    return name
