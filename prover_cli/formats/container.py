"""The container that `.zkey`, `.wtns` and `.r1cs` share: a header, then numbered sections.

Layout, little-endian (iden3 binfileutils): 4 bytes magic, u32 version, u32 number of sections; a
section is u32 id, u64 length, data. Sections come in any order; ids that nobody asks for are skipped.
"""

import mmap
from collections.abc import Callable
from dataclasses import dataclass

from prover_cli.errors import Fault

Buffer = bytes | mmap.mmap

MAX_SECTIONS = 64
"""No known file has more than 18 (a PLONK key); a count past this is damage, not a format."""


@dataclass(frozen=True)
class Section:
    """Where one section's data lies: byte offset in the file and length in bytes."""

    id: int
    offset: int
    length: int

    @property
    def end(self) -> int:
        return self.offset + self.length


Complain = Callable[[str, str], Fault]
"""Makes the fault from the last part of its code (TRUNCATED, CORRUPT …) and a sentence without the
file's name: the caller knows whether a key or a witness is at fault, and what it is called."""


class Reader:
    """Reads integers from a container, each with its bounds checked first."""

    def __init__(self, data: Buffer, complain: Complain) -> None:
        self.data = data
        self.complain = complain

    def uint(self, offset: int, size: int, what: str) -> int:
        """The unsigned integer of `size` bytes at `offset`."""
        return int.from_bytes(self.raw(offset, size, what), "little")

    def raw(self, offset: int, size: int, what: str) -> bytes:
        """`size` bytes at `offset`; the size itself is checked before anything is allocated."""
        if offset < 0 or size < 0 or offset + size > len(self.data):
            raise self.complain(
                "TRUNCATED",
                f"{what} at byte {offset} needs {size} bytes, but the file ends at byte {len(self.data)}",
            )
        return bytes(self.data[offset : offset + size])


def read_sections(reader: Reader, magic: bytes, version: int) -> dict[int, Section]:
    """The sections by id.

    Raises what `reader.complain` makes for: a wrong magic or version, a section that ends past the
    file, one that comes twice, bytes after the last.
    """
    size = len(reader.data)
    if size < 12:
        raise reader.complain("TRUNCATED", f"the file has {size} bytes, fewer than its 12-byte header")
    if reader.raw(0, 4, "the magic") != magic:
        found = "".join(chr(b) if 32 <= b < 127 else "." for b in reader.raw(0, 4, "the magic"))
        raise reader.complain("CORRUPT", f'it begins with "{found}" at byte 0, not with "{magic.decode()}"')
    stated = reader.uint(4, 4, "the version")
    if stated != version:
        raise reader.complain("CORRUPT", f"its version at byte 4 is {stated}, only {version} is known")
    count = reader.uint(8, 4, "the number of sections")
    if count > MAX_SECTIONS:
        raise reader.complain("CORRUPT", f"it claims {count} sections at byte 8")
    sections: dict[int, Section] = {}
    offset = 12
    for _ in range(count):
        section_id = reader.uint(offset, 4, "a section's id")
        length = reader.uint(offset + 4, 8, f"the length of section {section_id}")
        section = Section(section_id, offset + 12, length)
        if section.end > size:
            raise reader.complain(
                "TRUNCATED",
                f"section {section_id} at byte {section.offset} needs {length} bytes, but the file "
                f"ends at byte {size}",
            )
        if section_id in sections:
            raise reader.complain("CORRUPT", f"section {section_id} comes a second time at byte {offset}")
        sections[section_id] = section
        offset = section.end
    if offset != size:
        raise reader.complain("CORRUPT", f"{size - offset} bytes follow the last section, at byte {offset}")
    return sections


def require(reader: Reader, sections: dict[int, Section], section_id: int, name: str) -> Section:
    """The section with this id, which must be there."""
    if section_id not in sections:
        raise reader.complain("CORRUPT", f"section {section_id} ({name}) is missing")
    return sections[section_id]
