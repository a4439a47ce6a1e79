"""A fixed number of mutants of each format, always the same; `python tests/fuzzing.py` makes others."""

import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from conftest import needs_native
from fuzzing import SECRET, Format, Wrong, formats, fuzz, resectioned

from prover_cli.faults import Code, JobFault

pytestmark = needs_native

EACH = 2000

NAMES = [
    *("zkey", "wtns", "r1cs", "r1cs.gz", "r1cs in gz", "sym", "wasm", "program", "input"),
    *("jsonl", "jsonl.gz", "queue", "vkey", "proof", "toml", "tables", "tables, sealed again", "manifest"),
]


@cache
def by_name() -> dict[str, Format]:
    return {one.name: one for one in formats()}


def test_every_format_has_its_test() -> None:
    assert list(by_name()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_mutants_are_refused_or_read(name: str, tmp_path: Path) -> None:
    one = by_name()[name]
    fuzz(one, 16, EACH // one.cost, tmp_path)


def read_with_a_defect(path: Path) -> None:
    if len(path.read_bytes()) % 7 == 0:
        raise KeyError("x")


def read_that_tells(path: Path) -> None:
    raise JobFault(Code.WITNESS_CORRUPT, f"value {SECRET} is wrong")


def read_that_grows(path: Path) -> None:
    raise JobFault(Code.WITNESS_CORRUPT, "x" * 100_000)


@pytest.mark.parametrize("read", [read_with_a_defect, read_that_tells, read_that_grows])
def test_a_defect_is_found_and_its_mutant_kept(read: Callable[[Path], None], tmp_path: Path) -> None:
    one = Format("x", (b"abc" * 50,), lambda data, chance: data[: chance.randrange(150)], read, "bin")
    with pytest.raises(Wrong, match="kept as"):
        fuzz(one, 1, 500, tmp_path)
    assert len(list(tmp_path.glob("wrong-x-*"))) == 1


def test_mutants_are_those_of_their_seed() -> None:
    data = (Path(__file__).parent / "circuits" / "custom" / "circuit.r1cs").read_bytes()
    made = [[resectioned(data, random.Random(f"{seed} {i}")) for i in range(50)] for seed in (1, 1, 2)]
    assert made[0] == made[1] != made[2]
    assert len(set(made[0])) > 40
