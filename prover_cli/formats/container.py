"""The container that `.zkey`, `.wtns` and `.r1cs` share: a header, then numbered sections.

Layout, little-endian (iden3 binfileutils): 4 bytes magic, u32 version, u32 number of sections; a
section is u32 id, u64 length, data. Sections come in any order. Unknown ids are skipped.
"""

import mmap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from prover_cli.counting import counted
from prover_cli.faults import Code, Fault
from prover_cli.formats.curves import other_field
from prover_cli.formats.mistaken import LOOKED_AT, what_it_is

Buffer = bytes | mmap.mmap

MAX_SECTIONS = 64
"""No known file has more than 17 (an FFLONK key). A higher count means that the file is damaged."""


@dataclass(frozen=True)
class Section:
    """The place of one section's data: byte offset in the file and length in bytes."""

    id: int
    offset: int
    length: int

    @property
    def end(self) -> int:
        return self.offset + self.length

    @property
    def span(self) -> tuple[int, int]:
        """As the extension takes it."""
        return (self.offset, self.length)


Kind = Literal["TRUNCATED", "CORRUPT", "CURVE", "PROTOCOL"]
"""What can be wrong with a container."""

Advice = Mapping[Kind | Literal[""], str]
"""What to do about it. The entry "" is for kinds without an entry of their own."""

CUT_OFF = "it is truncated, or a length in it is damaged"


@dataclass(frozen=True)
class Complaints:
    """Makes the faults of one file."""

    codes: Mapping[Kind, Code]
    """The codes of the faults that such a file can have."""
    name: str
    """What messages call the file, with its expected kind: "key a.zkey"."""
    fault: type[Fault]
    advice: Advice

    def __call__(self, kind: Kind, sentence: str, advice: str | None = None) -> Fault:
        """From a sentence without the file's name."""
        advice = self.advice.get(kind, self.advice[""]) if advice is None else advice
        return self.fault(self.codes[kind], f"{self.name}: {sentence}; {advice}")

    def field(self, place: str, prime: int) -> Fault:
        """For a file over a field that is not supported."""
        return self("CURVE", f"the prime in {place} {other_field(prime)}")

    def other(self, head: bytes, magic: bytes) -> Fault:
        """For a file that does not begin with `magic`."""
        known = what_it_is(head, self.name)
        if known is None:
            return self("CORRUPT", f'it does not begin with "{magic.decode()}"')
        what, _, todo = known.partition(": ")
        return self("CORRUPT", what, todo or f"pass a .{magic.decode()}")


class Reader:
    """Reads integers from a container. Bounds are checked before each read."""

    def __init__(self, data: Buffer, complain: Complaints) -> None:
        self.data = data
        self.complain = complain

    def uint(self, offset: int, size: int, what: str) -> int:
        """The unsigned integer of `size` bytes at `offset`."""
        return int.from_bytes(self.raw(offset, size, what), "little")

    def raw(self, offset: int, size: int, what: str) -> bytes:
        """`size` bytes at `offset`. The size is checked before anything is allocated."""
        if offset < 0 or size < 0 or offset + size > len(self.data):
            raise self.complain(
                "TRUNCATED",
                f"{what} at byte {offset} needs {counted(size, 'byte')}, but the file ends at byte "
                f"{len(self.data)}",
            )
        return bytes(self.data[offset : offset + size])


def read_sections(reader: Reader, magic: bytes, version: int) -> dict[int, Section]:
    """The sections by id.

    Raises a fault made by `reader.complain` for a wrong magic or version, a section that runs past the end
    of the file, a repeated section, or bytes after the last section.
    """
    size = len(reader.data)
    head = bytes(reader.data[:LOOKED_AT])
    if size and not magic.startswith(head[:4]):
        raise reader.complain.other(head, magic)
    if size < 12:
        short = f"it has {counted(size, 'byte')}, less than the 12-byte header" if size else "it is empty"
        raise reader.complain("TRUNCATED", short)
    stated = reader.uint(4, 4, "the version")
    if stated != version:
        raise reader.complain("CORRUPT", f"its version at byte 4 is {stated}; only {version} is supported")
    count = reader.uint(8, 4, "the number of sections")
    if count > MAX_SECTIONS:
        raise reader.complain("CORRUPT", f"it claims {counted(count, 'section')} at byte 8")
    sections: dict[int, Section] = {}
    offset = 12
    for _ in range(count):
        section_id = reader.uint(offset, 4, "a section's id")
        length = reader.uint(offset + 4, 8, f"the length of section {section_id}")
        section = Section(section_id, offset + 12, length)
        if section.end > size:
            raise reader.complain(
                "TRUNCATED",
                f"section {section_id} at byte {section.offset} needs {counted(length, 'byte')}, but the "
                f"file ends at byte {size}",
            )
        if section_id in sections:
            raise reader.complain("CORRUPT", f"section {section_id} is repeated at byte {offset}")
        sections[section_id] = section
        offset = section.end
    if offset != size:
        extra = counted(size - offset, "extra byte")
        raise reader.complain("CORRUPT", f"{extra} after the last section, at byte {offset}")
    return sections


def require(reader: Reader, sections: dict[int, Section], section_id: int, name: str) -> Section:
    """The section with this id, which must exist."""
    if section_id not in sections:
        raise reader.complain("CORRUPT", f"section {section_id} ({name}) is missing")
    return sections[section_id]
