"""A fixed number of mutants of each format, always the same; `python tests/fuzzing.py` makes others."""

import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from conftest import needs_native
from fuzzing import CIRCUITS, MEMBERSHIP, SECRET, Format, Wrong, formats, fuzz, resectioned

from prover_cli.faults import Code, JobFault

pytestmark = needs_native

EACH = 2000

NAMES = [
    *("zkey", "plonk zkey", "fflonk zkey", "wtns", "r1cs", "r1cs.gz", "r1cs in gz", "sym", "wasm", "program"),
    *("input", "jsonl", "jsonl.gz", "queue", "vkey", "proof"),
    *("plonk vkey", "plonk proof", "fflonk vkey", "fflonk proof", "toml"),
    *("tables", "tables, sealed again", "manifest"),
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


PRODUCT, FUNCTIONS = CIRCUITS / "product" / "2.2.0.wasm", CIRCUITS / "functions" / "2.2.3.wasm"

FOUND = {
    "a constant with two values": (MEMBERSHIP / "circuit.wasm", {0x955E: 0xA8}),
    "part of a constant": (PRODUCT, {0x63D5: 0xA4}),
    "part of a constant of a function": (FUNCTIONS, {0x65A5: 0x3C}),
    "init waits for fewer inputs": (PRODUCT, {0x5FAA: 0xF1}),
    "fewer inputs": (PRODUCT, {0x6134: 0x03}),
    "fewer inputs than none": (PRODUCT, {0x6134: 0x77}),
    "an input where nobody searches": (PRODUCT, {0x5FFA: 0xE0}),
    "a parameter more": (PRODUCT, {0x15F: 0x05, 0x64F7: 0x19}),
    "arguments that are not set": (FUNCTIONS, {0x6699: 0x65}),
    "arguments below the frame": (FUNCTIONS, {0x66A5: 0x6B}),
    "a function that leaves the stack elsewhere": (FUNCTIONS, {0x6357: 0x03}),
    "a function with a result more than is asked for": (FUNCTIONS, {0x665C: 0x00}),
    "text as an element": (FUNCTIONS, {0x6775: 0x1E}),
    "inputs that are set elsewhere": (FUNCTIONS, {0x5FE6: 0xD0}),
}
"""Mutants of calculators whose programs once had other witnesses than their code."""


@pytest.mark.parametrize("name", FOUND)
def test_mutants_that_were_found_stay_mended(name: str, tmp_path: Path) -> None:
    original, changes = FOUND[name]
    mutant = bytearray(original.read_bytes())
    for place, byte in changes.items():
        assert mutant[place] != byte
        mutant[place] = byte
    (tmp_path / "mutant.wasm").write_bytes(mutant)
    by_name()["program"].read(tmp_path / "mutant.wasm")


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
