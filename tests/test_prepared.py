"""Prepared keys: the same proofs from tables, kept safely, made once, and only where it pays."""

import json
import mmap
import os
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache as cache_once
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from conftest import SAMPLES, Ran, command, mapped, needs_native
from hypothesis import given, settings
from hypothesis import strategies as st

from prover_cli.faults import JobFault, MachineFault, SetupFault
from prover_cli.formats.r1cs import parse_r1cs
from prover_cli.formats.wtns import Witness, parse_witness
from prover_cli.systems.choice import native_error
from prover_cli.systems.groth16.blinding import Blinding

if TYPE_CHECKING:
    from prover_cli.prepared.tables import MappedTables
    from prover_cli.systems.groth16.native import NativeKey
    from prover_cli.systems.tables import Shape

pytestmark = needs_native
Runner = Callable[..., Ran]
MEMBERSHIP = SAMPLES / "membership"
BUDGET = 64 << 20


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of this test alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "prove-batch" / "prepared"


def witness_of(sample: Path, number: int = 0) -> Witness:
    path = sample / "witnesses" / f"{number:04}.wtns"
    return parse_witness(path.read_bytes(), path.name)


def cpus() -> list[str]:
    """The kinds of arithmetic that work here, by name. Each process measures which one is the
    fastest, and those that collect these tests must find the same order."""
    if native_error() is not None:
        return []
    from prover_cli import _native

    return sorted(_native.cpus())


# Eight lanes on a processor without them: the same code runs over emulated words in the crate's own tests.
@pytest.mark.parametrize("cpu", cpus())
@pytest.mark.parametrize("budget", [BUDGET, 1_000_000])
def test_tables_give_the_same_proof_on_every_kind_of_processor(
    groth16_sample: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, cpu: str, budget: int
) -> None:
    from prover_cli.prepared.making import make
    from prover_cli.systems.groth16.native import NativeKey

    key = mapped(groth16_sample)
    blinding = Blinding.fresh(key.layout.curve)
    wanted = NativeKey(key, cpu="portable").prove(witness_of(groth16_sample), blinding, 1)
    monkeypatch.setenv("PROVE_BATCH_CPU", cpu)
    opened = NativeKey(key)
    assert opened.prove(witness_of(groth16_sample), blinding, 1) == wanted
    plan = opened.plan_tables(budget)
    assert plan is not None
    assert plan.prepared <= plan.unprepared
    tables = make(key, opened, plan, budget=budget, threads=2)
    assert tables.description.size <= budget + 6 * 4096
    prepared = NativeKey(key, tables)
    for threads in (1, 2):
        assert prepared.prove(witness_of(groth16_sample), blinding, threads) == wanted
    bits = bytearray(witness_of(groth16_sample).values)
    bits[64:] = b"".join((i % 2).to_bytes(32, "little") for i in range((len(bits) - 64) // 32))
    small = Witness(key.layout.curve, bytes(bits), 0)
    assert prepared.prove(small, blinding, 1) == NativeKey(key, cpu="portable").prove(small, blinding, 1)


@pytest.mark.parametrize("made_by", cpus())
def test_tables_are_read_by_the_arithmetic_that_made_them_whatever_a_worker_would_choose(
    cache: Path, made_by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each process measures which is the fastest, and on a busy machine they do not agree."""
    from prover_cli.prepared.making import find, make
    from prover_cli.systems.groth16.native import NativeKey
    from prover_cli.systems.registry import verifier_for

    key = mapped(MEMBERSHIP)
    monkeypatch.setenv("PROVE_BATCH_CPU", made_by)
    opened = NativeKey(key)
    plan = opened.plan_tables(BUDGET)
    assert plan is not None
    tables = make(key, opened, plan, budget=BUDGET, threads=2)
    verifier = verifier_for(key.verification_key)
    for chosen in cpus():
        monkeypatch.setenv("PROVE_BATCH_CPU", chosen)
        worker = NativeKey(key, tables)
        for number in range(4):
            witness = witness_of(MEMBERSHIP, number)
            proof = worker.prove(witness, Blinding.fresh(key.layout.curve), 1)
            assert verifier.verify(proof, witness.public_signals(key.layout.n_public))
        found = find(key, NativeKey(key).rows, BUDGET)
        assert (found is not None) == (chosen == made_by), "others make their own"


@pytest.mark.parametrize("cpu", cpus())
def test_folded_tables_give_the_same_proof(
    groth16_sample: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, cpu: str
) -> None:
    from prover_cli.prepared.making import describe_plan, find, make
    from prover_cli.systems.constraints import Constraints
    from prover_cli.systems.groth16.native import NativeKey

    key = mapped(groth16_sample)
    blinding = Blinding.fresh(key.layout.curve)
    monkeypatch.setenv("PROVE_BATCH_CPU", cpu)
    opened = NativeKey(key)
    folded = opened.fold(Constraints(groth16_sample / "circuit.r1cs"), threads=2)
    plan = opened.plan_tables(BUDGET, folded)
    assert plan is not None
    tables = make(key, opened, plan, budget=BUDGET, threads=2)
    assert tables.description.folded
    found = find(key, opened.rows, BUDGET)
    assert found is not None
    assert found.description.folded
    shallow = opened.plan_tables(BUDGET)
    assert shallow is not None
    kept = make(key, opened, shallow, budget=BUDGET, threads=2)
    assert kept.description.folded == (
        found.description.size >= describe_plan(key, shallow, opened.rows).size
    )
    for number in range(3):
        witness = witness_of(groth16_sample, number)
        proof = NativeKey(key, found).prove(witness, blinding, 1)
        assert proof == opened.prove(witness, blinding, 1)


def test_constraints_of_another_circuit_are_not_folded(run: Runner, cache: Path, tmp_path: Path) -> None:
    key = MEMBERSHIP / "circuit.zkey"
    other = run("prove-batch", "key", "prepare", key, "--r1cs", SAMPLES / "quartic" / "circuit.r1cs")
    assert other.code == 2
    assert "R1CS_MISMATCH" in other.err
    bls = run("prove-batch", "key", "prepare", key, "--r1cs", SAMPLES / "quartic-bls12381" / "circuit.r1cs")
    assert (bls.code, "not over the key's curve, bn128" in bls.err) == (2, True)
    changed = bytearray((MEMBERSHIP / "circuit.r1cs").read_bytes())
    changed[parse_r1cs(bytes(changed), "changed").constraints.offset + 8] ^= 1  # a coefficient of A
    stale = tmp_path / "stale.r1cs"
    stale.write_bytes(changed)
    ran = run("prove-batch", "key", "prepare", key, "--r1cs", stale)
    assert (ran.code, list(cache.glob("*.tables"))) == (2, []), ran.err
    assert "constraint 0: its A differs from the key's" in ran.err


def test_a_budget_without_room_gives_no_tables(membership: Path) -> None:
    from prover_cli.systems.groth16.native import NativeKey

    assert NativeKey(mapped(membership)).plan_tables(1000) is None


def test_an_unknown_processor_is_refused_with_those_that_are_there(run: Runner) -> None:
    ran = run("prove-batch", MEMBERSHIP / "witnesses", PROVE_BATCH_CPU="mmx")
    assert ran.code == 2
    assert "CPU_UNAVAILABLE" in ran.err
    assert "portable" in ran.err


def test_prepare_list_use_and_clean(run: Runner, cache: Path) -> None:
    told = run("prove-batch", "key", "prepare", MEMBERSHIP / "circuit.zkey", "--table-memory", "64MB")
    assert told.code == 0
    assert "of tables" in told.out
    (listed,) = json.loads(run("prove-batch", "key", "list", "--json").out)["keys"]
    assert listed["usable"]
    assert listed["sha256"] == mapped(MEMBERSHIP).sha256
    ran = run("prove-batch", MEMBERSHIP / "witnesses", "--summary", "-", "-q", "--table-memory", "64MB")
    summary = json.loads(ran.out)
    assert (summary["jobs"]["proved"], summary["defects"]) == (8, 0)
    assert "found in the cache" in summary["preparation"]["membership"]
    never = run("prove-batch", MEMBERSHIP / "witnesses", "--summary", "-", "-q", "--prepare", "never")
    assert "--prepare never" in json.loads(never.out)["preparation"]["membership"]
    assert run("prove-batch", "key", "clean", "0000").code == 2
    assert "removed 1" in run("prove-batch", "key", "clean", listed["sha256"][:6]).out
    assert json.loads(run("prove-batch", "key", "list", "--json").out)["keys"] == []
    assert list(cache.iterdir()) == []


def test_auto_prepares_where_the_batch_earns_it_back_and_says_so(
    run: Runner, cache: Path, tmp_path: Path
) -> None:
    few = run("prove-batch", MEMBERSHIP / "witnesses", "--plain", "-v")
    assert "tables not built: not worth it for 8 jobs" in few.err
    assert not list(cache.glob("*.tables"))
    witness = MEMBERSHIP / "witnesses" / "0000.wtns"
    piped = run(
        "prove-batch", "-", "-o", "-", "--key", MEMBERSHIP / "circuit.zkey", "--plain", "-v", stdin=b""
    )
    assert "the number of jobs is unknown" in piped.err
    folder = tmp_path / "many"
    folder.mkdir()
    for i in range(80):
        (folder / f"{i:03}.wtns").symlink_to(witness)
    many = run("prove-batch", folder, "--key", MEMBERSHIP / "circuit.zkey", "--plain", "-v")
    assert ": 80 jobs; they pay off from about" in many.err
    assert "\n80 proved in " in many.err


@pytest.mark.parametrize("damage", ["body", "header", "short", "foreign", "text"])
def test_a_damaged_or_foreign_file_is_made_anew_never_trusted(cache: Path, damage: str) -> None:
    from prover_cli.prepared import store
    from prover_cli.prepared.making import find, make
    from prover_cli.systems.groth16.native import NativeKey

    key = mapped(MEMBERSHIP)
    opened = NativeKey(key)
    plan = opened.plan_tables(BUDGET)
    assert plan is not None
    path = make(key, opened, plan, budget=BUDGET, threads=1).path
    whole = path.read_bytes()
    spoilt = bytearray(whole)
    if damage == "body":
        spoilt[-100] ^= 1
    elif damage == "header":
        spoilt[60] ^= 1
    elif damage == "short":
        del spoilt[-4096:]
    elif damage == "foreign":
        spoilt = bytearray(whole.replace(key.sha256.encode(), b"0" * 64))
    else:
        spoilt = bytearray(b"PBTABLES" + b"[" * 5000)
    path.unlink()
    path.write_bytes(spoilt)
    assert find(key, opened.rows, BUDGET) is None
    assert not path.exists()
    again = make(key, opened, plan, budget=BUDGET, threads=1)
    assert again.path.read_bytes() == whole
    assert [one.description is not None for one in store.stored()] == [True]


def made_for(sample: Path) -> "tuple[NativeKey, MappedTables]":
    from prover_cli.prepared.making import make
    from prover_cli.systems.groth16.native import NativeKey

    key = mapped(sample)
    opened = NativeKey(key)
    plan = opened.plan_tables(BUDGET)
    assert plan is not None
    return opened, make(key, opened, plan, budget=BUDGET, threads=1)


def test_no_bit_of_a_file_can_change_unseen(cache: Path) -> None:
    """Every bit of the head, which names places and sizes, and some of what follows."""
    from prover_cli.prepared.tables import HEADER, Damaged, MappedTables

    _, tables = made_for(SAMPLES / "quartic")
    whole = tables.path.read_bytes()
    told = 44 + int.from_bytes(whole[40:44], "little")
    places = [*range(8 * told), *range(8 * told, 8 * HEADER, 997), *range(8 * HEADER, 8 * len(whole), 9973)]
    spoilt = cache / "spoilt.tables"
    for bit in places:
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        spoilt.write_bytes(data)
        with pytest.raises(Damaged):
            MappedTables(spoilt).check()


def test_sizes_are_held_against_the_file_before_anything_is_made_of_them(cache: Path) -> None:
    """A head with a checksum of its own, as somebody would write it who means harm."""
    from prover_cli.prepared.tables import DIGEST, HEADER, Damaged, MappedTables, digest_of

    _, tables = made_for(SAMPLES / "quartic")
    whole = bytearray(tables.path.read_bytes())
    length = int.from_bytes(whole[40:44], "little")
    fields = json.loads(whole[44 : 44 + length])
    spoilt = cache / "spoilt.tables"
    wrong = [
        ("count", 1 << 40), ("count", -1), ("count", 1.0), ("count", "6"), ("width", 1 << 62), ("sets", None),
        ("blocks", 1 << 33), ("row_bytes", 7), ("row_bytes", 0), ("index_at", 0), ("rows_at", 4097),
        ("rows_at", 1 << 63),
    ]  # fmt: skip
    for number in range(3):
        for name, value in wrong:
            changed = json.loads(json.dumps(fields))
            changed["tables"][number][name] = value
            text = json.dumps(changed).encode()
            data = (
                whole[:40] + len(text).to_bytes(4, "little") + text.ljust(HEADER - 44, b"\0") + whole[HEADER:]
            )
            data[DIGEST] = digest_of(bytes(data))
            spoilt.write_bytes(data)
            with pytest.raises(Damaged):
                MappedTables(spoilt)


ANY_NUMBER = st.integers(0, 40) | st.integers(0, 1 << 63) | st.sampled_from([0, 1, (1 << 64) - 1, 1 << 62])


@given(
    table=st.integers(0, 2),
    field=st.sampled_from(["count", "width", "sets", "blocks", "row_bytes", "index_at", "rows_at"]),
    value=ANY_NUMBER,
)
@settings(max_examples=200)
def test_the_native_side_checks_places_again(table: int, field: str, value: int) -> None:
    """Whatever it is told: a fault, or a proof; never a panic, and no memory that is not the file's."""
    from prover_cli.systems.groth16.native import NativeKey

    opened, tables = small_tables()
    places = list(tables.description.tables)
    places[table] = replace(places[table], **{field: value})

    class Told:
        data = tables.data
        description = replace(tables.description, tables=tuple(places))

    key = mapped(SAMPLES / "quartic")
    try:
        told = NativeKey(key, Told)
    except SetupFault as fault:
        assert fault.code == "KEY_CORRUPT"
        assert "panicked" not in fault.message
        return
    except OverflowError:
        return  # no place of this machine
    with suppress(JobFault):
        told.prove(witness_of(SAMPLES / "quartic"), Blinding.fresh(key.layout.curve), 1)
    if (field, value) == (field, getattr(tables.description.tables[table], field)):
        blinding = Blinding.fresh(key.layout.curve)
        witness = witness_of(SAMPLES / "quartic")
        assert told.prove(witness, blinding, 1) == opened.prove(witness, blinding, 1)


@given(
    place=st.sampled_from(["count", "width", "sets", "blocks", "row_bytes", "index_at", "rows_at", "block"]),
    value=ANY_NUMBER,
    product=st.sampled_from([0, 1, 8, 64]),
)
@settings(max_examples=200)
def test_no_numbers_make_it_fill_memory_that_is_not_the_files(place: str, value: int, product: int) -> None:
    """With `product`, count times the bytes of a row is that number more than 2^64."""
    opened, tables = small_tables()
    table = tables.description.tables[0]
    count, width, sets, blocks, row_bytes = table.shape
    numbers = {
        "count": count, "width": width, "sets": sets, "blocks": blocks, "row_bytes": row_bytes,
        "index_at": table.index_at, "rows_at": table.rows_at, "block": 0,
    }  # fmt: skip
    numbers[place] = value
    if product:
        numbers |= {"count": (1 << 61) + product // 8, "row_bytes": 8}
    shape = tuple(numbers[name] for name in ("count", "width", "sets", "blocks", "row_bytes"))
    with mmap.mmap(-1, tables.path.stat().st_size) as file:
        file[:] = tables.path.read_bytes()
        head = file[: table.rows_at]
        with suppress(ValueError, OverflowError, SetupFault):
            opened.fill_table(
                0, cast("Shape", shape), file, numbers["index_at"], numbers["rows_at"], numbers["block"], 1
            )
        if place != "rows_at":
            assert file[: table.rows_at] == head


@cache_once
def small_tables() -> "tuple[NativeKey, MappedTables]":
    return made_for(SAMPLES / "quartic")


def test_an_index_that_no_scalar_has_is_refused(cache: Path) -> None:
    from prover_cli.prepared.tables import DIGEST, MappedTables, digest_of
    from prover_cli.systems.groth16.native import NativeKey

    _, tables = made_for(SAMPLES / "quartic")
    for table in tables.description.tables:
        data = bytearray(tables.path.read_bytes())
        data[table.index_at : table.index_at + 4] = b"\xff\xff\xff\xff"
        data[DIGEST] = digest_of(bytes(data))
        spoilt = cache / "spoilt.tables"
        spoilt.write_bytes(data)
        with pytest.raises(SetupFault, match="index names a scalar that does not exist"):
            NativeKey(mapped(SAMPLES / "quartic"), MappedTables(spoilt))


def test_two_processes_make_the_tables_once(cache: Path, tmp_path: Path) -> None:
    arguments = [command("prove-batch"), "key", "prepare", str(MEMBERSHIP / "circuit.zkey"), "-q"]
    both = [subprocess.Popen(arguments) for _ in range(2)]
    assert [process.wait(300) for process in both] == [0, 0]
    (made,) = cache.glob("*.tables")
    before = made.stat().st_mtime_ns
    assert subprocess.run(arguments, check=True).returncode == 0
    assert made.stat().st_mtime_ns == before
    assert not list(cache.glob(".*.part"))


def test_the_least_recently_used_go_when_the_folder_is_full(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prover_cli.prepared import store
    from prover_cli.prepared.making import find, make
    from prover_cli.systems.groth16.native import NativeKey

    paths = []
    for name in ("quartic", "quartic-bls12381"):
        key = mapped(SAMPLES / name)
        opened = NativeKey(key)
        plan = opened.plan_tables(BUDGET)
        assert plan is not None
        paths.append(make(key, opened, plan, budget=BUDGET, threads=1).path)
    for path in paths:
        os.utime(path, ns=(10**9, path.stat().st_mtime_ns))
    quartic = mapped(SAMPLES / "quartic")
    assert find(quartic, NativeKey(quartic).rows, BUDGET) is not None  # used just now
    monkeypatch.setattr(store, "SIZE_LIMIT", sum(path.stat().st_size for path in paths) + 100)
    store.make_room(200, keep=cache / "another")
    assert [path.exists() for path in paths] == [True, False]


def test_a_cache_that_cannot_be_written_costs_time_only(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    environment = {"XDG_CACHE_HOME": str(blocked)}
    ran = run("prove-batch", MEMBERSHIP / "witnesses", "--prepare", "always", **environment)
    assert ran.code == 3
    assert "CACHE_FAILED" in ran.err
    assert run("prove-batch", MEMBERSHIP / "witnesses", "-q", **environment).code == 0
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    from prover_cli.prepared.making import make
    from prover_cli.systems.groth16.native import NativeKey

    key = mapped(MEMBERSHIP)
    opened = NativeKey(key)
    plan = opened.plan_tables(BUDGET)
    assert plan is not None
    with pytest.raises(MachineFault, match="XDG_CACHE_HOME"):
        make(key, opened, plan, budget=BUDGET, threads=1)


def test_the_decision_counts_jobs_against_the_work() -> None:
    from prover_cli.prepared.decision import decide
    from prover_cli.systems.tables import TablePlan

    plan = TablePlan([], unprepared=1_000_000, prepared=600_000, preparation=8_000_000)
    assert plan.pays_from() == 20
    assert not decide("auto", plan, 29).make
    assert decide("auto", plan, 30).make
    assert not decide("auto", plan, None).make
    tiny = TablePlan([], unprepared=1000, prepared=600, preparation=8000)
    assert not decide("auto", tiny, 1000).make
    assert decide("always", tiny, 1).make
    assert decide("always", plan, 1).make
    assert not decide("never", plan, 10**6).make
    assert not decide("always", None, 10**6).make
    assert not decide("always", TablePlan([], 1000, 1000, 0), 10**6).make
