"""Proving keys (`.zkey`): which proof system a file is for. That system reads the rest.

A file is the magic word, a version, the number of sections, then the sections: id, length, contents.
Section 1 is the protocol (snarkjs, src/zkey_utils.js).
"""

from collections.abc import Mapping

from prover_cli.faults import Code, SetupFault
from prover_cli.formats.container import CUT_OFF, Advice, Buffer, Complaints, Kind, Reader, Section, require
from prover_cli.formats.curves import Curve, by_base_prime
from prover_cli.formats.points import G1, G2

MAGIC = b"zkey"

PROTOCOLS: Mapping[int, str] = {1: "groth16", 2: "plonk", 10: "fflonk"}

MOST_SECTIONS = 64
"""Sections searched for section 1, which snarkjs writes first. No key has more than 18."""


CODES: Mapping[Kind, Code] = {
    "TRUNCATED": Code.KEY_TRUNCATED,
    "CORRUPT": Code.KEY_CORRUPT,
    "CURVE": Code.KEY_CURVE,
    "PROTOCOL": Code.KEY_PROTOCOL,
}

ADVICE: Advice = {
    "TRUNCATED": f"{CUT_OFF}: copy it again",
    "PROTOCOL": "make a key with snarkjs groth16, plonk or fflonk setup",
    "CURVE": "only keys over bn128 and bls12381 are supported",
    "": "it is damaged or not a key: copy it again",
}


def require_protocol(reader: Reader, sections: dict[int, Section], wanted: int) -> None:
    """Raises a fault made by `reader.complain` if the key is for another system."""
    kind = require(reader, sections, 1, "protocol")
    protocol = reader.uint(kind.offset, 4, "section 1, the protocol")
    if protocol != wanted:
        called = PROTOCOLS.get(protocol, f"protocol {protocol}")
        raise reader.complain("PROTOCOL", f"it is a key for {called}, which is not supported")


def curve_of_header(reader: Reader, header: Section) -> tuple[Curve, int]:
    """The curve whose primes begin section 2, and the byte after them."""
    n8q = reader.uint(header.offset, 4, "section 2, the size of a base field element")
    if not 8 <= n8q <= 128:
        raise reader.complain("CORRUPT", f"section 2 at byte {header.offset} claims elements of {n8q} bytes")
    curve = by_base_prime(reader.uint(header.offset + 4, n8q, "section 2, the base field's prime"))
    if curve is None or curve.n8q != n8q:
        raise reader.complain("CURVE", "the base field's prime in section 2 belongs to no known curve")
    at = header.offset + 4 + n8q
    n8r = reader.uint(at, 4, "section 2, the size of a scalar")
    if n8r != curve.n8r or reader.uint(at + 4, n8r, "section 2, the scalar prime") != curve.r:
        raise reader.complain("CURVE", f"the scalar prime in section 2 is not that of {curve.name}")
    return curve, at + 4 + n8r


def sized_section(
    reader: Reader, sections: dict[int, Section], section_id: int, title: str, entries: tuple[int, int, str]
) -> Section:
    """A section of so many entries, of so many bytes each, called this."""
    count, size, called = entries
    section = require(reader, sections, section_id, title)
    if section.length != count * size:
        raise reader.complain(
            "CORRUPT",
            f"section {section_id} ({title}) at byte {section.offset} has {section.length} bytes, "
            f"but should have {count} {called} of {size} bytes",
        )
    return section


def require_domain(reader: Reader, size: int, most_log: int) -> None:
    """Raises a fault unless there is a domain of so many points, below 2^most_log."""
    if size == 0 or size & (size - 1):
        raise reader.complain("CORRUPT", f"section 2 claims a domain of {size} points, not a power of two")
    if size >= 1 << most_log:
        raise reader.complain("CORRUPT", f"section 2 claims a domain of {size} points, too many")


def read_g1(data: Buffer, offset: int, curve: Curve) -> G1:
    """The affine point stored at `offset`, as plain integers; (0, 0) for infinity."""
    n = curve.n8q
    return (
        curve.from_montgomery(data[offset : offset + n]),
        curve.from_montgomery(data[offset + n : offset + 2 * n]),
    )


def read_g2(data: Buffer, offset: int, curve: Curve) -> G2:
    """The same in G2. A coordinate is (c0, c1)."""
    return (
        read_g1(data, offset, curve),
        read_g1(data, offset + 2 * curve.n8q, curve),
    )


def complaints(name: str) -> Complaints:
    """Makes the faults of a key that messages call `name`."""
    return Complaints(CODES, f"key {name}", SetupFault, ADVICE)


def protocol_of(data: Buffer) -> int | None:
    """The number in section 1, or None if the file is not a key or ends before it."""
    if bytes(data[:4]) != MAGIC:
        return None
    at = 12
    for _ in range(min(MOST_SECTIONS, int.from_bytes(data[8:12], "little"))):
        kind = int.from_bytes(data[at : at + 4], "little")
        length = int.from_bytes(data[at + 4 : at + 12], "little")
        if kind == 1:
            return int.from_bytes(data[at + 12 : at + 16], "little") if at + 16 <= len(data) else None
        at += 12 + length
    return None
