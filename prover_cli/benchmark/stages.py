"""How the time of our own proofs is spent."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from prover_cli.formats.wtns import parse_witness
from prover_cli.systems.protocols import Timed
from prover_cli.systems.registry import engine_for, map_key

if TYPE_CHECKING:
    from prover_cli.prepared.tables import MappedTables


def stage_seconds(
    key: Path, witness: Path, rounds: int, tables: "MappedTables | None" = None
) -> Mapping[str, float]:
    """The minimum seconds of each step on one thread, over some rounds after one that is not counted."""
    mapped = map_key(key)
    opened = engine_for(mapped.system, "native").open(mapped, tables)
    if not isinstance(opened, Timed):
        return {}
    values = parse_witness(witness.read_bytes(), str(witness))
    least: dict[str, float] = {}
    for number in range(rounds + 1):
        for name, seconds in opened.stages(values):
            if number:
                least[name] = min(seconds, least.get(name, seconds))
    return least
