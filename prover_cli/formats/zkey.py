"""Proving keys (`.zkey`): which proof system a file is for. That system reads the rest.

A file is the magic word, a version, the number of sections, then the sections: id, length, contents.
Section 1 is the protocol (snarkjs, src/zkey_utils.js).
"""

from collections.abc import Mapping

from prover_cli.formats.container import Buffer

MAGIC = b"zkey"

PROTOCOLS: Mapping[int, str] = {1: "groth16", 2: "plonk", 10: "fflonk"}

MOST_SECTIONS = 64
"""Sections searched for section 1, which snarkjs writes first. No key has more than 18."""


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
