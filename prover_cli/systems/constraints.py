"""A circuit's constraints opened beside its key: which of them a witness breaks."""

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
"""What packed constraints may have at most, beside a key that tells the terms of A and B but not those of C:
so many times as much for C, where 260 chained Poseidons have 2.3 times and SHA-256 0.7, and some MB to
spare."""

MOST_UNPACKED = 2 << 30
"""Bytes of packed constraints where no key tells and nobody says."""

CHUNK = 1 << 16


class Sizes(Protocol):
    """The sizes of a circuit, as its proving key gives them."""

    @property
    def curve(self) -> Curve: ...
    @property
    def n_vars(self) -> int:
        """Signals, the constant 1 included."""
        ...

    @property
    def n_public(self) -> int:
        """Outputs and public inputs."""
        ...

    @property
    def domain_size(self) -> int:
        """Points of the domain that its constraints lie on."""
        ...

    @property
    def n_coefficients(self) -> int:
        """Terms of the circuit's constraints that the key has."""
        ...


def most_unpacked(layout: Sizes) -> int:
    """Bytes that the constraints of a key's circuit can have unpacked. What a packed file says of itself
    counts for nothing: whoever made it chose it."""
    terms = layout.n_coefficients * (4 + layout.curve.n8r)
    return (1 + C_TO_A_AND_B) * terms + 12 * layout.domain_size + 8 * layout.n_vars + SPARE


def constraints_beside(key: Path) -> Path | None:
    """The `.r1cs` or `.r1cs.gz` that belongs to a key."""
    return companion(key, ".r1cs", ".r1cs.gz")


class Constraints:
    """Raises SetupFault: R1CS_UNREADABLE, R1CS_TOO_LARGE, R1CS_TRUNCATED, R1CS_CORRUPT, R1CS_CURVE."""

    def __init__(self, path: Path, most: int = MOST_UNPACKED) -> None:
        """`most` bounds the bytes of a packed file, unpacked; see `most_unpacked`."""
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
        """In a file without a name, mapped: the system may take its pages back, and it ends with this
        process."""
        size = 0
        with tempfile.TemporaryFile(prefix="prove-batch-", dir=temporary_folder()) as unpacked:
            try:
                for chunk in inflated(b"", iter(lambda: file.read(CHUNK), b"")):
                    size += len(chunk)
                    if size > most:
                        raise SetupFault(
                            Code.R1CS_TOO_LARGE,
                            f"constraints {self.path} have more than {most >> 20} MB unpacked: more than the "
                            "key beside them allows, or than --max-r1cs. If you trust the file, unpack it "
                            "yourself, or raise that option of prove-batch check",
                        )
                    unpacked.write(chunk)
            except Damaged as error:
                raise self._unreadable(f"{error}; copy it again") from None
            unpacked.flush()
            return mapped(unpacked)

    def _unreadable(self, reason: str) -> SetupFault:
        return SetupFault(Code.R1CS_UNREADABLE, f"constraints {self.path} cannot be read: {reason}")

    def fits(self, layout: Sizes) -> bool:
        """Whether a key of this layout can be of the same circuit, as far as sizes tell."""
        mine = self.layout
        return (
            (mine.curve, mine.n_wires, mine.n_public) == (layout.curve, layout.n_vars, layout.n_public)
            and mine.n_constraints + mine.n_public + 1 <= layout.domain_size
        )  # fmt: skip

    @property
    def place(self) -> tuple[tuple[int, int], int, int]:
        """Offset and length of the section, constraints, wires: what the extension asks for."""
        section = self.layout.constraints
        return (section.offset, section.length), self.layout.n_constraints, self.layout.n_wires

    def signals(self, index: int, symbols: Path | None) -> list[str]:
        """The signals of a constraint in the order of A, B and C, by name where the symbols have it; the
        constant 1 is left out. Reads the constraints before it: a second for a hundred thousand.

        Raises SetupFault: R1CS_TRUNCATED, R1CS_CORRUPT, SYMBOLS_UNREADABLE."""
        row = next(islice(rows(self.data, self.layout, str(self.path)), index, None))
        wires = list(dict.fromkeys(wire for combination in row for wire, _ in combination if wire))
        names = wire_names(symbols, set(wires)) if symbols is not None else {}
        return [names.get(wire, f"signal {wire}") for wire in wires]

    def broken(self, witness: Witness, most: int = 1, threads: int = 1) -> list[int]:
        """The first `most` constraints that the witness breaks, in order; it has a value for each wire, all
        reduced. 70 ms for 800 000 terms; a second or two without the extension.

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
