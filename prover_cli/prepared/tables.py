"""The file of a prepared key: a header, then for each table an index and rows of packed points.

Layout, all numbers little-endian: 8 bytes magic, 32 bytes SHA-256 of everything else in the file, 4 bytes
length of a JSON object, the object; zeros up to byte 4096; then the tables at the offsets given in the
object, with rows aligned to 4096 bytes. The SHA-256 in the object ties the file to its bases, `VERSION` to
the program, and `rows` to a kind of arithmetic, because each kind packs points differently.
"""

import hashlib
import mmap
import os
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass
from pathlib import Path

import orjson

from prover_cli.regular_file import open_regular

MAGIC = b"PBTABLES"
VERSION = 4
"""Increased when rows, index or checksum change, so that older files are rebuilt."""

DIGEST = slice(8, 40)
"""Place of the checksum."""

MOST_TABLES = 3
"""Of a key, whatever its system."""

HEADER = 4096
"""Bytes of the header, and the alignment of rows."""


@dataclass(frozen=True)
class Table:
    """One table's shape and place."""

    count: int
    """Number of bases."""
    width: int
    """Bits per window."""
    sets: int
    """Sets of buckets."""
    blocks: int
    """Multiples of each base, including the base itself."""
    row_bytes: int
    index_at: int
    rows_at: int

    @property
    def shape(self) -> tuple[int, int, int, int, int]:
        return (self.count, self.width, self.sets, self.blocks, self.row_bytes)

    @property
    def end(self) -> int:
        return self.rows_at + self.count * self.blocks * self.row_bytes


@dataclass(frozen=True)
class Description:
    """The contents of a file's header."""

    version: int
    bases_sha256: str
    """See `ProvingKey.bases_sha256`."""
    key_name: str
    curve: str
    rows: str
    """The arithmetic that the rows are packed for."""
    tables: tuple[Table, ...]
    folded: bool = False
    """Whether the matrix C is folded into the bases of C, which saves two transforms per proof."""

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return max(table.end for table in self.tables)


class Damaged(Exception):
    """The file is damaged. The text says how."""


def place(shapes: "list[tuple[int, int, int, int, int]]") -> tuple[Table, ...]:
    """Places for tables of these shapes, one after another."""
    tables: list[Table] = []
    at = HEADER
    for count, width, sets, blocks, row_bytes in shapes:
        rows_at = -(-(at + 4 * count) // HEADER) * HEADER
        table = Table(count, width, sets, blocks, row_bytes, at, rows_at)
        tables.append(table)
        at = -(-table.end // HEADER) * HEADER
    return tuple(tables)


def header(description: Description) -> bytes:
    """The first bytes of a file, with zeros in place of the checksum."""
    text = orjson.dumps(asdict(description))
    head = MAGIC + bytes(32) + len(text).to_bytes(4, "little") + text
    assert len(head) <= HEADER, "three tables take a few hundred bytes"
    return head.ljust(HEADER, b"\0")


def describe(path: Path) -> Description:
    """The contents of a file's header. Offsets are checked to match the shapes and to lie within the file.
    `check` verifies the rest. Raises Damaged, OSError."""
    with open_regular(path) as file:
        head = file.read(HEADER)
        size = os.fstat(file.fileno()).st_size
    if len(head) < HEADER or not head.startswith(MAGIC):
        raise Damaged("it is not a file of tables")
    length = int.from_bytes(head[40:44], "little")
    try:
        fields = orjson.loads(head[44 : 44 + length])
        tables = tuple(Table(**table) for table in fields.pop("tables"))
        description = Description(**fields, tables=tables)
    except (orjson.JSONDecodeError, TypeError, AttributeError, KeyError):
        raise Damaged("its header cannot be read") from None
    if description.version != VERSION:
        raise Damaged(f"it has version {str(description.version)[:20]}, not {VERSION}")
    if not 1 <= len(tables) <= MOST_TABLES or not all(_possible(table, size) for table in tables):
        raise Damaged("its header describes impossible tables")
    if place([table.shape for table in tables]) != tables or description.size != size:
        raise Damaged("its size does not match its header")
    return description


def _possible(table: Table, size: int) -> bool:
    """Whether a table's numbers are integers and within the file."""
    numbers = astuple(table)
    return all(type(number) is int and 0 <= number <= size for number in numbers) and table.row_bytes % 8 == 0


def digest_of(data: "mmap.mmap | bytes") -> bytes:
    """SHA-256 of everything except the checksum itself."""
    with memoryview(data) as whole, whole[: DIGEST.start] as before, whole[DIGEST.stop :] as after:
        digest = hashlib.sha256(before)
        digest.update(after)
        return digest.digest()


class MappedTables:
    """A mapped file of tables. Raises Damaged, OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.description = describe(path)
        with open_regular(path) as file:
            self.status = os.fstat(file.fileno())
            self.data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            if hasattr(mmap, "MADV_HUGEPAGE"):  # Linux
                # Every proof reads almost every row, in random order, and each small page costs a
                # translation of addresses. With 540 MB of tables that were not in memory yet, loading and
                # five proofs took 12.6 s with large pages and 27.7 s with small ones; later proofs 2.1 and
                # 2.5 s.
                with suppress(OSError):  # a kernel without them
                    self.data.madvise(mmap.MADV_HUGEPAGE)

    def check(self) -> None:
        """Verifies the checksum, which takes 0.6 s per GB. Raises Damaged."""
        if digest_of(self.data) != self.data[DIGEST]:
            raise Damaged("its checksum does not match its contents")
