"""Where a job's witness comes from, and the code that calculates it: values sent between processes."""

from dataclasses import dataclass

from prover_cli.regular_file import read_regular

CALCULATION_SECONDS = 300.0
"""Time limit for calculating a witness from inputs, unless a job's limit is shorter."""


@dataclass(frozen=True, repr=False)
class WitnessSource:
    """Either a path or bytes, of a `.wtns` or of inputs in JSON. Bytes are sent through a pipe, never through
    a file."""

    path: str | None = None
    data: bytes | None = None
    is_input: bool = False

    def __repr__(self) -> str:
        kind = "inputs" if self.is_input else "witness"
        where = self.path if self.path is not None else f"{len(self.data or b'')} bytes"
        return f"<WitnessSource: {kind}, {where}>"

    def read(self) -> bytes:
        """The bytes. Raises OSError, also for a pipe, because reading it could block forever."""
        return self.data if self.data is not None else read_regular(self.path or "")


@dataclass(frozen=True, repr=False)
class CompiledCode:
    """A calculator's code, compiled once in the main process: a file in the cache, or its bytes."""

    kind: str
    """The settings that it was compiled with."""
    path: str | None = None
    data: bytes | None = None


@dataclass(frozen=True, repr=False)
class ProgramFile:
    """A calculator's program, compiled once in the main process: a file in the cache, or its bytes."""

    path: str | None = None
    data: bytes | None = None
    lanes: int = 1
    """Witnesses that it calculates at once on this machine."""
