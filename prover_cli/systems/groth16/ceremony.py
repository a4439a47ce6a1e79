"""Section 10 of a key: the contributions to its ceremony (snarkjs, src/zkey_utils.js, `readMPCParams`).

The hash of the circuit in 64 bytes, the number of contributions, and for each of them: δ in G1 after it; s
and s·x in G1 and x·p in G2, which prove that its factor x is known; a transcript of 64 bytes; its type; and,
after their length, parameters.
"""

import hashlib
import io

from prover_cli.formats.curves import Curve
from prover_cli.formats.points import G1
from prover_cli.systems.ceremony import Ceremony, Contribution
from prover_cli.systems.groth16.layout import beta1_delta1, read_g1, read_g2
from prover_cli.systems.groth16.mapped import MappedKey
from prover_cli.systems.groth16.verification_key import VerificationKey

CIRCUIT_HASH, TRANSCRIPT = 64, 64
"""Bytes."""

BEACON = 1
"""The type of a contribution that public randomness made."""

NAME, ITERATIONS, BEACON_HASH = 1, 2, 3
"""Parameters. The second has one byte, the others follow their length in a byte."""


def is_uncontributed(key: VerificationKey) -> bool:
    """Whether δ is γ, as `snarkjs groth16 setup` makes it and the first contribution changes it. Then anybody
    can forge proofs: A = α, B = β and C = −Σ public·IC satisfy the verifier's equation."""
    return key.delta2 == key.gamma2


def ceremony_of(mapped: MappedKey) -> Ceremony | None:
    """The contributions on record; None if the key has no record, or one that cannot be read."""
    place = mapped.layout.contributions
    if place is None:
        return None
    section = io.BytesIO(mapped.data[place.offset : place.end])
    try:
        _take(section, CIRCUIT_HASH)
        found = [_contribution(section, mapped.layout.curve) for _ in range(_uint(section))]
    except EOFError:
        return None
    delta1 = beta1_delta1(mapped.data, mapped.layout)[1]
    ends_here = found[-1][1] == delta1 if found else is_uncontributed(mapped.verification_key)
    return Ceremony([contribution for contribution, _ in found], ends_here)


def _take(section: io.BytesIO, size: int) -> bytes:
    """Raises EOFError where there are not as many bytes left."""
    data = section.read(size)
    if len(data) != size:
        raise EOFError
    return data


def _uint(section: io.BytesIO, size: int = 4) -> int:
    return int.from_bytes(_take(section, size), "little")


def _contribution(section: io.BytesIO, curve: Curve) -> tuple[Contribution, G1]:
    """With δ after it. Its hash is BLAKE2b-512 over the points, uncompressed, and the transcript."""
    points = [_take(section, curve.g1_size) for _ in range(3)] + [_take(section, curve.g2_size)]
    transcript = _take(section, TRANSCRIPT)
    is_beacon = _uint(section) == BEACON
    name = _name(io.BytesIO(_take(section, _uint(section))))
    delta, *in_g1 = (read_g1(image, 0, curve) for image in points[:3])
    x, y = read_g2(points[3], 0, curve)
    numbers = [*delta, *(c for point in in_g1 for c in point), x[1], x[0], y[1], y[0]]
    uncompressed = b"".join(number.to_bytes(curve.n8q, "big") for number in numbers)
    return Contribution(name, is_beacon, hashlib.blake2b(uncompressed + transcript).digest()), delta


def _name(parameters: io.BytesIO) -> str:
    name = ""
    while kind := parameters.read(1):
        if kind[0] not in (NAME, ITERATIONS, BEACON_HASH):
            raise EOFError
        value = _take(parameters, 1 if kind[0] == ITERATIONS else _uint(parameters, 1))
        if kind[0] == NAME:
            name = value.decode("utf-8", "replace")
    return name
