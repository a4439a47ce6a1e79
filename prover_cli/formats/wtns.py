"""Witness files (`.wtns`, version 2): section 1 has the field and the count, section 2 the values.

A witness is private. Messages say where a value is, and never quote it.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from prover_cli.counting import counted
from prover_cli.faults import Code, Fault, JobFault
from prover_cli.formats.container import Advice, Buffer, Complaints, Kind, Reader, read_sections, require
from prover_cli.formats.curves import COMPILE_FOR_OURS, Curve, by_scalar_prime

MAGIC = b"wtns"

CODES: Mapping[Kind, Code] = {
    "TRUNCATED": Code.WITNESS_TRUNCATED,
    "CORRUPT": Code.WITNESS_CORRUPT,
    "CURVE": Code.WITNESS_CURVE,
}

ADVICE: Advice = {
    "TRUNCATED": "it is truncated: generate it again",
    "CURVE": COMPILE_FOR_OURS,
    "": "it is damaged or not a witness: generate it again",
}


@dataclass(frozen=True, repr=False)
class Witness:
    """The values of all signals: first the constant 1, then outputs and public inputs, then private ones."""

    curve: Curve
    values: bytes
    """count × n8r bytes, plain little-endian integers. Not yet checked to be below the prime."""
    offset: int
    """Byte offset of the first value in the file, for messages. 0 if there was no file."""

    def __repr__(self) -> str:
        return f"<Witness: {self.count} values over {self.curve.name}>"

    @property
    def count(self) -> int:
        return len(self.values) // self.curve.n8r

    def digest(self, secret: bytes) -> str:
        """HMAC-SHA256 of the values, in hex. A plain hash would confirm a guess of the witness."""
        return hmac.new(secret, self.values, hashlib.sha256).hexdigest()

    def public_signals(self, n_public: int) -> tuple[int, ...]:
        """Signals 1 … n_public."""
        size = self.curve.n8r
        return numbers(self.values[size : size * (n_public + 1)], size)

    def reduced(self, name: str | None) -> tuple[int, ...]:
        """All values. Raises JobFault WITNESS_NOT_REDUCED, whose message calls the witness `name`."""
        found = numbers(self.values, self.curve.n8r)
        for index, value in enumerate(found):
            if value >= self.curve.r:
                raise not_reduced(name, index, self.curve, self.offset)
        return found


def numbers(values: bytes, size: int) -> tuple[int, ...]:
    """Plain little-endian integers of `size` bytes each."""
    return tuple(int.from_bytes(values[i : i + size], "little") for i in range(0, len(values), size))


def parse_witness(data: Buffer, name: str) -> Witness:
    """The witness in `data`; `name` is what messages call it.

    Raises JobFault: WITNESS_TRUNCATED, WITNESS_CORRUPT, WITNESS_CURVE.
    """

    complain = Complaints(CODES, f"witness {name}", JobFault, ADVICE)
    reader = Reader(data, complain)
    try:
        sections = read_sections(reader, MAGIC, 2)
    except Fault as fault:
        if fault.kind is Code.WITNESS_TRUNCATED and not _is_cut_off(data):
            raise complain("CORRUPT", "the lengths of its sections do not add up") from None
        raise
    header = require(reader, sections, 1, "header")
    n8 = reader.uint(header.offset, 4, "section 1, the size of a value")
    if not 8 <= n8 <= 128 or header.length != 8 + n8:
        raise complain(
            "CORRUPT",
            f"section 1 at byte {header.offset} has {header.length} bytes for values of {n8} bytes",
        )
    prime = reader.uint(header.offset + 4, n8, "section 1, the prime")
    curve = by_scalar_prime(prime)
    if curve is None:
        raise complain.field("section 1", prime)
    if curve.n8r != n8:
        raise complain("CORRUPT", f"section 1 at byte {header.offset} has values of {n8} bytes")
    count = reader.uint(header.offset + 4 + n8, 4, "section 1, the count")
    values = require(reader, sections, 2, "values")
    if values.length != count * n8:
        raise complain(
            "CORRUPT",
            f"section 2 at byte {values.offset} has {values.length} bytes, but section 1 says {count} "
            f"values of {n8} bytes",
        )
    return Witness(curve, reader.raw(values.offset, values.length, "section 2"), values.offset)


def _is_cut_off(data: Buffer) -> bool:
    """Whether the file is the beginning of a witness as circom and snarkjs write it: a header, then the
    values."""
    if len(data) < 28:
        return True
    n8 = int.from_bytes(data[24:28], "little")
    if int.from_bytes(data[12:16], "little") != 1 or not 8 <= n8 <= 128:
        return False
    if int.from_bytes(data[16:24], "little") != 8 + n8:
        return False
    values = 32 + n8  # byte of section 2
    if len(data) < values + 12:
        return True
    count = int.from_bytes(data[values - 4 : values], "little")
    length = int.from_bytes(data[values + 4 : values + 12], "little")
    return data[values : values + 4] == b"\2\0\0\0" and length == count * n8 > len(data) - values - 12


MOST_DIGITS = 200
"""A number with more digits cannot be below the prime of any field."""


def witness_from_numbers(numbers: list[str], curve: Curve) -> Witness:
    """The witness given as decimal strings.

    Raises JobFault: WITNESS_CORRUPT, WITNESS_NOT_REDUCED. Both give the index, never the value.
    """
    values = bytearray()
    for index, text in enumerate(numbers):
        # The exact type: a bare number in a JSON line arrives as its digits, in a subclass of str.
        if type(text) is not str or not text.isascii() or not text.isdigit():
            raise JobFault(
                Code.WITNESS_CORRUPT,
                f"witness value {index} is not a decimal string; write each value as a string of digits",
            )
        digits = text.lstrip("0")
        value = int(digits or "0") if len(digits) <= MOST_DIGITS else curve.r
        if value >= curve.r:
            raise not_reduced(None, index, curve, 0)
        values += value.to_bytes(curve.n8r, "little")
    return Witness(curve, bytes(values), 0)


def not_reduced(name: str | None, index: int, curve: Curve, offset: int) -> JobFault:
    """The fault for a value that is not below the field's prime."""
    where = f"witness {name}: " if name else ""
    place = f" at byte {offset + index * curve.n8r}" if offset else ""
    return JobFault(
        Code.WITNESS_NOT_REDUCED,
        f"{where}value {index}{place} is not below the prime of {curve.name}'s scalar field; generate the "
        "witness again with the circuit's own calculator",
    )


def check_witness(witness: Witness, curve: Curve, count: int, name: str) -> None:
    """Checks, apart from the values' range, that a key with `count` signals can prove `witness`.

    Raises JobFault: WITNESS_CURVE, WITNESS_COUNT, WITNESS_FIRST_SIGNAL.
    """
    if witness.curve is not curve:
        raise JobFault(
            Code.WITNESS_CURVE,
            f"witness {name} is over {witness.curve.name}, but the key is over {curve.name}; use the "
            "key of the witness's own circuit",
        )
    if witness.count != count:
        raise JobFault(
            Code.WITNESS_COUNT,
            f"witness {name} has {counted(witness.count, 'value')}, but the key has {count} signals; "
            "the witness is from a different circuit or a different version of it",
        )
    if int.from_bytes(witness.values[: curve.n8r], "little") != 1:
        raise JobFault(
            Code.WITNESS_FIRST_SIGNAL,
            f"witness {name}: the first value is not 1; it is damaged or not a circom witness",
        )


def write_witness(witness: Witness) -> bytes:
    """The witness as a `.wtns` file, byte for byte as snarkjs writes it."""
    n8 = witness.curve.n8r
    header = n8.to_bytes(4, "little") + witness.curve.r.to_bytes(n8, "little")
    header += witness.count.to_bytes(4, "little")
    parts = [MAGIC, (2).to_bytes(4, "little"), (2).to_bytes(4, "little")]
    for section_id, body in ((1, header), (2, witness.values)):
        parts += [section_id.to_bytes(4, "little"), len(body).to_bytes(8, "little"), body]
    return b"".join(parts)
