"""What goes into the pool: small frozen values that are sent between processes."""

import os
from dataclasses import dataclass

from prover_cli.witness.source import CALCULATION_SECONDS, CompiledCode, ProgramFile, WitnessSource


@dataclass(frozen=True)
class ProveJob:
    """One proof to make."""

    id: str
    circuit: str
    witness: WitnessSource


@dataclass(frozen=True)
class TableFile:
    """The tables of a prepared key, as checked by the main process."""

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class CircuitFile:
    """A key as the main process saw it. Workers refuse the file if it has changed since."""

    id: str
    path: str
    size: int
    mtime_ns: int
    tables: TableFile | None = None
    wasm: str | None = None
    """The calculator that computes witnesses from inputs."""
    symbols: str | None = None
    """The names of its signals, for messages."""
    sha256: str | None = None
    """Of the key. Only for proofs from a seed."""
    inode: int | None = None
    """Of the key file. None: any."""
    code: CompiledCode | None = None
    """The calculator's code, compiled by the main process. None: each worker compiles it when inputs come."""
    constraints: str | None = None
    """Its `.r1cs`. None: the one next to the key, if any."""
    program: ProgramFile | None = None
    """What the main process compiled of its calculator. None: there is none."""
    lot: int | None = None
    """Jobs that a worker gets at a time, of those that the pool allows. None: as many."""

    @staticmethod
    def of(identifier: str, key: str, *, wasm: str | None = None) -> "CircuitFile":
        """A key in its current state. Raises OSError."""
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
    """Everything that a worker needs to know when it starts."""

    engine: str
    circuits: tuple[CircuitFile, ...]
    threads_per_proof: int
    verify: bool
    digest_secret: bytes
    scratch: str | None
    """Folder for results that are too large for the pipe. None if there is no pipe."""
    timed: bool = False
    """Whether there is a time limit, so that the main process must know when proving begins. This costs 0.3
    ms per job (2 GHz)."""
    calculation_seconds: float = CALCULATION_SECONDS
    """Time limit for calculating a witness from inputs."""
    seed: bytes | None = None
    """What the blinding is derived from, for fixtures. None: it is random."""
    preload: bool = False
    """Whether a worker opens every circuit before its first job."""
    strict_inputs: bool = False
    """Whether inputs that are not below the prime are refused."""
    arithmetic: str | None = None
    """What the native engine calculates with, measured once by the main process; None: the worker chooses."""
