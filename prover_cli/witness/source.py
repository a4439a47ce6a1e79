"""Where a job's witness comes from, and the code that calculates it: values that cross process borders."""

from dataclasses import dataclass

from prover_cli.regular_file import read_regular

CALCULATION_SECONDS = 300.0
"""Most that a witness may take to be calculated from inputs, where no time limit says less."""


@dataclass(frozen=True, repr=False)
class WitnessSource:
    """Exactly one of a path and the bytes of a `.wtns`, or of inputs in JSON. Bytes cross by pipe, never by a
    file."""

    path: str | None = None
    data: bytes | None = None
    is_input: bool = False

    def __repr__(self) -> str:
        kind = "inputs" if self.is_input else "witness"
        where = self.path if self.path is not None else f"{len(self.data or b'')} bytes"
        return f"<WitnessSource: {kind}, {where}>"

    def read(self) -> bytes:
        """The bytes. Raises OSError; for a pipe too, which could block for ever."""
        return self.data if self.data is not None else read_regular(self.path or "")


@dataclass(frozen=True, repr=False)
class CompiledCode:
    """A calculator's code as it was compiled once, in the main process: a file of ours, or its bytes."""

    kind: str
    """The settings that it was compiled with."""
    path: str | None = None
    data: bytes | None = None
