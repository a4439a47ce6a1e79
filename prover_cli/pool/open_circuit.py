"""A circuit that a worker has opened: its key, ready to prove with, and what reads its witnesses."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from prover_cli.faults import Code, JobFault, SetupFault
from prover_cli.pool.job import CircuitFile, TableFile, WorkerSetup
from prover_cli.systems.protocols import Prover
from prover_cli.systems.registry import engine_for, map_key
from prover_cli.witness.reading import Reader
from prover_cli.witness.source import WitnessSource

if TYPE_CHECKING:
    from pathlib import Path

    from prover_cli.prepared.tables import MappedTables


class OpenCircuit:
    """A circuit that this worker has opened."""

    seconds = math.inf
    """What the last proof took, or the average of the last that were verified together."""

    def __init__(
        self, circuit: CircuitFile, engine: str, setup: WorkerSetup, stuck: Callable[[], None] | None
    ) -> None:
        from pathlib import Path

        self._wasm = circuit.wasm
        try:
            self._mapped = map_key(Path(circuit.path))
        except SetupFault as fault:
            if fault.kind is Code.KEY_UNREADABLE:
                raise JobFault(fault.kind, fault.message) from None
            raise _changed(circuit.path) from None  # the main process saw a usable key
        if not circuit.is_of(self._mapped.status):
            raise _changed(self._mapped.path)
        self.reader = Reader(
            _path(circuit.wasm),
            _path(circuit.symbols),
            setup.calculation_seconds,
            stuck,
            strict=setup.strict_inputs,
            key=(self._mapped.layout, self._mapped.path),
            code=circuit.code,
            program=circuit.program,
        )
        tables = _tables(circuit.tables)
        maker = engine_for(self._mapped.system, engine)
        self.prover: Prover = maker.prover(
            self._mapped, tables, sha256=circuit.sha256, constraints=_path(circuit.constraints)
        )

    def check_key(self) -> None:
        """Raises JobFault KEY_CHANGED if the key file was modified since it was opened."""
        if not self._mapped.is_unchanged:
            raise _changed(self._mapped.path)

    def name_of(self, source: WitnessSource, job_id: str) -> str:
        """What messages call the witness. For inputs they also name the calculator, which may not match the
        key."""
        name = source.path or job_id
        return f"of {name}, made by {self._wasm}," if source.is_input else name


def _changed(key: "str | Path") -> JobFault:
    return JobFault(
        Code.KEY_CHANGED,
        f"key {key} was changed during the run: its size, time or inode is no longer the same; start the run "
        "again",
    )


def _path(name: str | None) -> "Path | None":
    from pathlib import Path

    return Path(name) if name is not None else None


def _tables(file: TableFile | None) -> "MappedTables | None":
    """The tables that the main process checked. None if they are gone or have changed; proofs then just take
    longer."""
    if file is None:
        return None
    from pathlib import Path

    from prover_cli.prepared.tables import Damaged, MappedTables

    try:
        tables = MappedTables(Path(file.path))
    except (Damaged, OSError):
        return None
    same = (tables.status.st_size, tables.status.st_mtime_ns) == (file.size, file.mtime_ns)
    return tables if same else None
