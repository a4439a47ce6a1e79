"""Builds the tables of a key, or finds existing ones."""

import mmap
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from prover_cli.cache_room import mark_used
from prover_cli.faults import Code, MachineFault
from prover_cli.names import as_text, of_file
from prover_cli.prepared import store
from prover_cli.prepared.tables import (
    DIGEST,
    HEADER,
    VERSION,
    Damaged,
    Description,
    MappedTables,
    digest_of,
    header,
    place,
)
from prover_cli.systems.protocols import ProvingKey
from prover_cli.systems.tables import Preparable, TablePlan

Progress = Callable[[int, int], None]
"""Called with the work done and the total, in doublings."""


def find(mapped: ProvingKey, rows: str, budget: int) -> MappedTables | None:
    """Existing tables within the budget, after a check of their checksum. Damaged ones are removed."""
    path = store.path_of(mapped.bases_sha256, rows)
    try:
        tables = MappedTables(path)
        found = tables.description
        if found.bases_sha256 != mapped.bases_sha256 or found.rows != rows:
            raise Damaged("it belongs to another key")
        if len(found.tables) != mapped.n_tables:
            raise Damaged("it has the tables of another proof system")
        if tables.description.size > budget:
            return None
        tables.check()
    except FileNotFoundError:
        return None
    except (Damaged, OSError, ValueError):
        store.remove(path)
        return None
    mark_used(path)
    return tables


def describe_plan(mapped: ProvingKey, plan: TablePlan, rows: str) -> Description:
    """The file that results from a plan."""
    return Description(
        VERSION,
        mapped.bases_sha256,
        as_text(of_file(mapped.path.name)),
        mapped.layout.curve.name,
        rows,
        place(plan.shapes),
        folded=plan.folded is not None,
    )


def make(
    mapped: ProvingKey,
    opened: Preparable,
    plan: TablePlan,
    *,
    budget: int,
    threads: int,
    progress: Progress | None = None,
) -> MappedTables:
    """Builds the tables in `plan`, or returns those that another process has just built.

    The key must already be validated. Raises MachineFault CACHE_FAILED.
    """
    wanted = describe_plan(mapped, plan, opened.rows)
    path = store.path_of(mapped.bases_sha256, opened.rows)
    try:
        with store.locked(path):
            found = find(mapped, opened.rows, budget)
            if found is not None and _serves(found.description, wanted):
                return found
            store.make_room(wanted.size, keep=path)
            _write(path, wanted, plan, opened, threads, progress)
            return MappedTables(path)
    except OSError as error:
        raise MachineFault(
            Code.CACHE_FAILED,
            f"tables cannot be written to {path.parent}: {error.strerror or error}; "
            "free some space, set XDG_CACHE_HOME to another disk, or use --prepare never",
        ) from None
    except Damaged as error:
        raise MachineFault(
            Code.CACHE_FAILED, f"tables {path} were changed while they were built: {error}"
        ) from None


def _serves(found: Description, wanted: Description) -> bool:
    """Whether the tables found are those wanted, or better."""
    deeper = found.folded and not wanted.folded and found.size >= wanted.size
    return deeper or found == replace(wanted, key_name=found.key_name)


def _write(
    path: Path,
    wanted: Description,
    plan: TablePlan,
    opened: Preparable,
    threads: int,
    progress: Progress | None,
) -> None:
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb+") as file:
            # Allocates the space before mapping: a full disk is an error here but a SIGBUS later.
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, wanted.size)
            else:
                file.truncate(wanted.size)
            with mmap.mmap(file.fileno(), wanted.size) as data:
                _fill(data, wanted, plan.folded, opened, threads, progress)
                data[:HEADER] = header(wanted)
                data[DIGEST] = digest_of(data)
                data.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink()


def _fill(
    data: mmap.mmap,
    wanted: Description,
    folded: bytes | None,
    opened: Preparable,
    threads: int,
    progress: Progress | None,
) -> None:
    def work(number: int, block: int) -> int:
        table = wanted.tables[number]
        doublings = table.width * table.sets if block else 1
        return table.count * doublings * opened.doubling_costs[number]

    steps = [(number, block) for number, table in enumerate(wanted.tables) for block in range(table.blocks)]
    total = sum(work(*step) for step in steps)
    done = 0
    for number, block in steps:
        table = wanted.tables[number]
        if block == 0:
            index = opened.table_index(number, folded)
            data[table.index_at : table.index_at + len(index)] = index
        opened.fill_table(number, table.shape, data, table.index_at, table.rows_at, block, threads, folded)
        done += work(number, block)
        if progress:
            progress(done, total)
