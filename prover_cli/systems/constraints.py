"""A circuit's constraints, opened along with its key: which of them a witness breaks."""

import mmap
import tempfile
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Protocol

from prover_cli.faults import Code, SetupFault
from prover_cli.formats.companions import companion
from prover_cli.formats.curves import Curve
from prover_cli.formats.gzip_stream import MAGIC, Damaged, inflated
from prover_cli.formats.r1cs import corrupt_row, parse_r1cs, rows
from prover_cli.formats.sym import wire_names
from prover_cli.formats.wtns import Witness, numbers
from prover_cli.regular_file import mapped, open_regular
from prover_cli.temporary_folder import temporary_folder

SPARE = 64 << 20
C_TO_A_AND_B = 15
"""Bounds the decompressed size of constraints. The key gives the number of terms in A and B but not in C, so
C is allowed this many times as many. 260 chained Poseidons have 2.3 times as many, SHA-256 0.7. SPARE bytes
are added."""

MOST_UNPACKED = 2 << 30
"""Maximum decompressed bytes of constraints, if neither a key nor an option sets a limit."""

CHUNK = 1 << 16


class Sizes(Protocol):
    """The sizes of a circuit, as its proving key gives them."""

    @property
    def curve(self) -> Curve: ...
    @property
    def n_vars(self) -> int:
        """Signals, including the constant 1."""
        ...

    @property
    def n_public(self) -> int:
        """Outputs and public inputs."""
        ...

    @property
    def domain_size(self) -> int:
        """Points of the evaluation domain of its constraints."""
        ...

    @property
    def most_constraints(self) -> int:
        """The most constraints that a circuit of this key can have."""
        ...

    @property
    def n_coefficients(self) -> int:
        """Number of terms of the circuit's constraints in the key."""
        ...


def most_unpacked(layout: Sizes) -> int:
    """The most bytes that the constraints of a key's circuit can have when decompressed. The size stated in
    the compressed file is not trusted."""
    terms = layout.n_coefficients * (4 + layout.curve.n8r)
    return (1 + C_TO_A_AND_B) * terms + 12 * layout.domain_size + 8 * layout.n_vars + SPARE


def constraints_beside(key: Path) -> Path | None:
    """The `.r1cs` or `.r1cs.gz` that belongs to a key."""
    return companion(key, ".r1cs", ".r1cs.gz")


class Constraints:
    """Raises SetupFault: R1CS_UNREADABLE, R1CS_TOO_LARGE, R1CS_TRUNCATED, R1CS_CORRUPT, R1CS_CURVE."""

    def __init__(self, path: Path, most: int = MOST_UNPACKED) -> None:
        """`most` limits the bytes of a compressed file once decompressed; see `most_unpacked`."""
        self.path = path
        try:
            with open_regular(path) as file:
                if file.read(len(MAGIC)) == MAGIC:
                    file.seek(0)
                    self.data = self._unpacked(file, most)
                else:
                    self.data = mapped(file)
        except OSError as error:
            raise self._unreadable(error.strerror or str(error)) from None
        self.layout = parse_r1cs(self.data, str(path))

    def _unpacked(self, file: BinaryIO, most: int) -> mmap.mmap | bytes:
        """Decompresses into an unnamed file and maps it. The system can reclaim its pages, and the file
        disappears with this process."""
        size = 0
        with tempfile.TemporaryFile(prefix="prove-batch-", dir=temporary_folder()) as unpacked:
            try:
                for chunk in inflated(b"", iter(lambda: file.read(CHUNK), b"")):
                    size += len(chunk)
                    if size > most:
                        raise SetupFault(
                            Code.R1CS_TOO_LARGE,
                            f"constraints {self.path} decompress to more than {most >> 20} MB, the limit set "
                            "by the key or by --max-r1cs. If you trust the file, decompress it yourself, or "
                            "raise --max-r1cs of prove-batch check",
                        )
                    unpacked.write(chunk)
            except Damaged as error:
                raise self._unreadable(f"{error}; copy it again") from None
            unpacked.flush()
            return mapped(unpacked)

    def _unreadable(self, reason: str) -> SetupFault:
        return SetupFault(Code.R1CS_UNREADABLE, f"constraints {self.path} cannot be read: {reason}")

    def fits(self, layout: Sizes) -> bool:
        """Whether a key with this layout can belong to the same circuit, judging by sizes."""
        mine = self.layout
        return (
            (mine.curve, mine.n_wires, mine.n_public) == (layout.curve, layout.n_vars, layout.n_public)
            and mine.n_constraints <= layout.most_constraints
        )  # fmt: skip

    @property
    def place(self) -> tuple[tuple[int, int], int, int]:
        """Offset and length of the section, constraints, wires: what the extension needs."""
        section = self.layout.constraints
        return (section.offset, section.length), self.layout.n_constraints, self.layout.n_wires

    def signals(self, index: int, symbols: Path | None) -> list[str]:
        """The signals of a constraint in the order of A, B and C, without the constant 1. They are named if
        `symbols` has a name for them. Reads all earlier constraints, which takes 1 s per 100 000.

        Raises SetupFault: R1CS_TRUNCATED, R1CS_CORRUPT, SYMBOLS_UNREADABLE."""
        row = next(islice(rows(self.data, self.layout, str(self.path)), index, None))
        wires = list(dict.fromkeys(wire for combination in row for wire, _ in combination if wire))
        names = wire_names(symbols, set(wires)) if symbols is not None else {}
        return [names.get(wire, f"signal {wire}") for wire in wires]

    def broken(self, witness: Witness, most: int = 1, threads: int = 1) -> list[int]:
        """The first `most` constraints that the witness breaks, in order. The witness must have a reduced
        value for each wire. Takes 70 ms for 800 000 terms, or 1 to 2 s without the extension.

        Raises SetupFault: R1CS_TRUNCATED, R1CS_CORRUPT.
        """
        try:
            from prover_cli import _native
        except ImportError:
            return self.broken_by_reference(witness, most)
        try:
            return _native.broken_constraints(
                self.layout.curve.name, self.data, self.place, witness.values, most, threads
            )
        except _native.CorruptEntry as fault:
            _, index, reason = fault.args
            raise corrupt_row(str(self.path), index, reason) from None

    def broken_by_reference(self, witness: Witness, most: int = 1) -> list[int]:
        """The same in plain Python."""
        prime = self.layout.curve.r
        values = numbers(witness.values, self.layout.curve.n8r)
        broken: list[int] = []
        for index, row in enumerate(rows(self.data, self.layout, str(self.path))):
            a, b, c = (sum(values[wire] * factor for wire, factor in combination) for combination in row)
            if (a * b - c) % prime and len(broken) < most:
                broken.append(index)
        return broken
