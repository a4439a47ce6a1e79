"""A circuit's constraints opened beside its key: which of them a witness breaks."""

import gzip
import mmap
from itertools import islice
from pathlib import Path

from prover_cli.errors import SetupFault
from prover_cli.formats.r1cs import corrupt_row, parse_r1cs, rows
from prover_cli.formats.sym import wire_names
from prover_cli.formats.wtns import Witness, numbers
from prover_cli.regular_file import open_regular

GZIP_MAGIC = b"\x1f\x8b"


def constraints_beside(key: Path) -> Path | None:
    """The `.r1cs` or `.r1cs.gz` in a key's folder, where it cannot be another key's."""
    folder = key.parent
    found = [*folder.glob("*.r1cs"), *folder.glob("*.r1cs.gz")]
    return found[0] if len(found) == 1 and len(list(folder.glob("*.zkey"))) == 1 else None


class Constraints:
    """Raises SetupFault: R1CS_UNREADABLE, R1CS_TRUNCATED, R1CS_CORRUPT, R1CS_CURVE."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with open_regular(path) as file:
                if file.read(2) == GZIP_MAGIC:
                    file.seek(0)
                    self.data: mmap.mmap | bytes = gzip.GzipFile(fileobj=file).read()
                else:
                    size = path.stat().st_size
                    self.data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
        except (OSError, EOFError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is damaged"
            raise SetupFault("R1CS_UNREADABLE", f"constraints {path} cannot be read: {reason}") from None
        self.layout = parse_r1cs(self.data, str(path))

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
        except _native.NativeFault as fault:
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
