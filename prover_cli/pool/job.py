"""What goes into the pool: small frozen values that cross process borders."""

import os
from dataclasses import dataclass

from prover_cli.witness.source import CALCULATION_SECONDS, CompiledCode, WitnessSource


@dataclass(frozen=True)
class ProveJob:
    """One proof to make."""

    id: str
    circuit: str
    witness: WitnessSource


@dataclass(frozen=True)
class TableFile:
    """The tables of a prepared key as the main process saw and checked them."""

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class CircuitFile:
    """A key as the main process saw it: workers refuse a file that has changed since."""

    id: str
    path: str
    size: int
    mtime_ns: int
    tables: TableFile | None = None
    wasm: str | None = None
    """The calculator that makes witnesses of inputs."""
    symbols: str | None = None
    """The names of its signals, for messages."""
    sha256: str | None = None
    """Of the key; only for proofs from a seed."""
    inode: int | None = None
    """Of the key's file; None: any."""
    code: CompiledCode | None = None
    """The calculator's, compiled by the main process; None: each worker does, where inputs come."""
    constraints: str | None = None
    """Its `.r1cs`; None: the one beside the key, where there is one."""

    @staticmethod
    def of(identifier: str, key: str, *, wasm: str | None = None) -> "CircuitFile":
        """A key as it lies there now. Raises OSError."""
        status = os.stat(key)  # noqa: PTH116  (workers import no pathlib for this module)
        return CircuitFile(
            identifier, key, status.st_size, status.st_mtime_ns, wasm=wasm, inode=status.st_ino
        )

    def is_of(self, status: os.stat_result) -> bool:
        """Whether a file with this status is the one that the main process saw."""
        same = (status.st_size, status.st_mtime_ns) == (self.size, self.mtime_ns)
        return same and self.inode in (None, status.st_ino)


@dataclass(frozen=True, repr=False)
class WorkerSetup:
    """All that a worker needs to know, once."""

    engine: str
    circuits: tuple[CircuitFile, ...]
    threads_per_proof: int
    verify: bool
    digest_secret: bytes
    scratch: str | None
    """Folder for results too large for the pipe; None where they need not cross one."""
    timed: bool = False
    """Whether there is a time limit, so that the main process wants to know when proving begins: hearing it
    costs 0.3 ms a job (2 GHz)."""
    calculation_seconds: float = CALCULATION_SECONDS
    """Most that a witness may take to be calculated from inputs."""
    seed: bytes | None = None
    """What the blinding is derived from, for fixtures; None: it is fresh."""
    preload: bool = False
    """Whether a worker opens every circuit before its first job."""
    strict_inputs: bool = False
    """Whether inputs that are not below the prime are refused."""
    arithmetic: str | None = None
    """What the native engine calculates with, measured once by the main process; None: the worker chooses."""
