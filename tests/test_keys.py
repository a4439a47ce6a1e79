"""Keys that are damaged, changed during a run, or of another circuit: it is the key that is told, not the
witness."""

import gzip
import json
import os
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from conftest import SAMPLES, Ran, mapped, needs_native

from prover_cli.faults import JobFault, SetupFault
from prover_cli.formats.r1cs import parse_r1cs
from prover_cli.pool import WorkerPool
from prover_cli.pool.job import CircuitFile, ProveJob
from prover_cli.systems import constraints as reading
from prover_cli.systems.choice import choose_engine
from prover_cli.systems.constraints import Constraints, most_unpacked
from prover_cli.systems.groth16.mapped import MappedKey
from prover_cli.systems.registry import engine_for, map_key
from prover_cli.witness.source import WitnessSource

pytestmark = needs_native
Runner = Callable[..., Ran]

QUARTIC, MEMBERSHIP = SAMPLES / "quartic", SAMPLES / "membership"


def damaged(folder: Path, sample: Path = QUARTIC, *, entry: int = 2) -> Path:
    """A key with one bit of one coefficient changed: it passes every check of a key alone."""
    key = mapped(sample)
    data = bytearray((sample / "circuit.zkey").read_bytes())
    data[key.layout.coefficients.offset + entry * key.layout.coefficient_size + 12] ^= 1
    folder.mkdir(exist_ok=True)
    (folder / "circuit.zkey").write_bytes(data)
    return folder / "circuit.zkey"


def test_a_damaged_coefficient_is_told_by_its_constraint_where_the_constraints_are_at_hand(
    run: Runner, tmp_path: Path
) -> None:
    key = damaged(tmp_path / "k")
    shutil.copy(QUARTIC / "circuit.r1cs", key.parent)
    ran = run("prove-batch", QUARTIC / "witnesses", "--key", key, "--summary", "-")
    assert ran.code == 1
    summary = json.loads(ran.out)
    assert {failure["code"] for failure in summary["failures"]} == {"KEY_MISMATCH"}
    assert "its A differs from the key's" in summary["failures"][0]["message"]
    assert summary["suspect_keys"] == {}
    ran = run("prove-batch", "key", "info", key, "--check")
    assert (ran.code, "[KEY_MISMATCH]" in ran.err, "constraint" in ran.err) == (2, True, True)
    good = run("prove-batch", "key", "info", QUARTIC / "circuit.zkey", "--check", "--json")
    assert json.loads(good.out)["coefficients_compared_with"] == str(QUARTIC / "circuit.r1cs")
    assert json.loads(good.out)["not_checked"] == ["contributions of the ceremony"]
    other = run(
        "prove-batch",
        "key",
        "info",
        QUARTIC / "circuit.zkey",
        "--check",
        "--r1cs",
        MEMBERSHIP / "circuit.r1cs",
    )
    assert (other.code, "the sizes differ" in other.err) == (2, True)


def test_where_every_witness_fails_the_key_is_suspected(run: Runner, tmp_path: Path) -> None:
    key = damaged(tmp_path / "k")
    ran = run("prove-batch", QUARTIC / "witnesses", "--key", key, "--summary", "s.json")
    assert ran.code == 1
    summary = json.loads((tmp_path / "s.json").read_text())
    assert {failure["code"] for failure in summary["failures"]} == {"WITNESS_UNSATISFIED"}
    assert all("or the key is damaged" in failure["message"] for failure in summary["failures"])
    assert list(summary["suspect_keys"]) == ["k"]
    assert mapped(tmp_path / "k").sha256 in summary["suspect_keys"]["k"]
    assert "warning: none of the proofs of 8 jobs of k is valid" in ran.err
    good = run("prove-batch", QUARTIC / "witnesses", "--summary", "-", "-q")
    assert json.loads(good.out)["suspect_keys"] == {}


@pytest.mark.parametrize("engine", ["native", "reference"])
def test_both_engines_find_the_constraint_that_differs(
    small_sample: Path, tmp_path: Path, engine: str
) -> None:
    chosen = engine_for("groth16", choose_engine(engine).engine)
    held = Constraints(small_sample / "circuit.r1cs")
    assert chosen.open(mapped(small_sample)).difference(held, 1) is None
    key = mapped(small_sample)
    wanted = 0
    for entry in range(key.layout.n_coefficients):
        spoilt = chosen.open(MappedKey(damaged(tmp_path / str(entry), small_sample, entry=entry)))
        at = key.layout.coefficients.offset + entry * key.layout.coefficient_size
        matrix, row = (int.from_bytes(key.data[at + i : at + i + 4], "little") for i in (0, 4))
        told = spoilt.difference(held, 1)
        assert told == f"constraint {row}: its {'AB'[matrix]} differs from the key's"
        wanted += 1
    assert wanted > 8


def test_a_key_that_is_written_into_during_a_run_is_told_and_no_witness_is_blamed(tmp_path: Path) -> None:
    key = Path(shutil.copy(QUARTIC / "circuit.zkey", tmp_path))
    other = damaged(tmp_path / "other").read_bytes()
    witness = WitnessSource(path=str(QUARTIC / "witnesses" / "0000.wtns"))
    for strategy in ("processes", "threads"):
        shutil.copy(QUARTIC / "circuit.zkey", key)
        for verify in (True, False):
            shutil.copy(QUARTIC / "circuit.zkey", key)
            circuit = CircuitFile.of("q", str(key))
            with WorkerPool([circuit], 1, strategy=strategy, verify=verify) as pool:
                assert pool.execute(ProveJob("a", "q", witness)).result(300)
                with key.open("r+b") as file:
                    file.write(other)
                with pytest.raises(JobFault) as caught:
                    pool.execute(ProveJob("b", "q", witness)).result(300)
            assert caught.value.code == "KEY_CHANGED"
            assert str(key) in caught.value.message


def test_a_key_that_is_put_in_anothers_place_changes_nothing_for_workers_that_have_it(tmp_path: Path) -> None:
    key = Path(shutil.copy(QUARTIC / "circuit.zkey", tmp_path))
    witness = WitnessSource(path=str(QUARTIC / "witnesses" / "0000.wtns"))
    circuit = CircuitFile.of("q", str(key))
    with WorkerPool([circuit], 1) as pool:
        assert pool.execute(ProveJob("a", "q", witness)).result(300)
        (tmp_path / "new").write_bytes(key.read_bytes())
        os.utime(tmp_path / "new", ns=(circuit.mtime_ns, circuit.mtime_ns))
        (tmp_path / "new").replace(key)
        assert pool.execute(ProveJob("b", "q", witness)).result(300), "it has the old one mapped"
    with WorkerPool([circuit], 1) as pool, pytest.raises(JobFault) as caught:
        pool.execute(ProveJob("c", "q", witness)).result(300)
    assert caught.value.code == "KEY_CHANGED", "same size, same time, another file"


def test_a_calculator_of_another_circuit_is_told_with_the_key_and_no_input_is_blamed(
    run: Runner, tmp_path: Path
) -> None:
    shutil.copy(MEMBERSHIP / "circuit.zkey", tmp_path)
    shutil.copy(QUARTIC / "circuit.wasm", tmp_path)
    ran = run("prove-batch", QUARTIC / "inputs", "--key", "circuit.zkey")
    assert ran.code == 2
    assert "circuit.wasm makes witnesses of 6 values over bn128, but the key circuit.zkey" in ran.err
    assert "KEY_MISMATCH" in ran.err
    for folder, inputs in ((MEMBERSHIP, MEMBERSHIP), (QUARTIC, MEMBERSHIP)):  # also where names do not fit
        shutil.copy((QUARTIC if folder is MEMBERSHIP else MEMBERSHIP) / "circuit.wasm", tmp_path)
        shutil.copy(folder / "circuit.zkey", tmp_path)
        ran = run("prove-batch", inputs / "inputs", "--key", "circuit.zkey")
        assert (ran.code, "KEY_MISMATCH" in ran.err, "proved" in ran.err) == (2, True, False), ran.err
    shutil.copy(QUARTIC / "circuit.wasm", tmp_path)
    shutil.copy(damaged(tmp_path / "k"), tmp_path)
    ran = run("prove-batch", QUARTIC / "inputs", "--key", "circuit.zkey", "--summary", "-", "-q")
    (failure, *_) = json.loads(ran.out)["failures"]
    assert failure["code"] == "WITNESS_UNSATISFIED"
    assert (
        "0000.json, made by circuit.wasm, breaks a constraint of the circuit, or the key"
        in failure["message"]
    )


# ---- packed constraints


@pytest.fixture
def packed(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(data: bytes) -> Path:
        path = tmp_path / "circuit.r1cs.gz"
        path.write_bytes(data)
        return path

    return write


def test_damaged_gzip_is_a_sentence_wherever_it_is_read(
    run: Runner, packed: Callable[[bytes], Path], tmp_path: Path
) -> None:
    whole = gzip.compress((QUARTIC / "circuit.r1cs").read_bytes())
    witness = QUARTIC / "witnesses" / "0000.wtns"
    flipped = bytes([*whole[:30], whole[30] ^ 0x55, *whole[31:]])
    for data in (whole[:-9], flipped, whole[:12], whole + b"rubbish"):
        path = packed(data)
        ran = run("prove-batch", "check", witness, "--r1cs", path)
        assert (ran.code, "[R1CS_UNREADABLE]" in ran.err, "the gzip stream" in ran.err) == (2, True, True), (
            ran.err
        )
        key = damaged(tmp_path)
        ran = run("prove-batch", witness, "--key", key, "-q", "--summary", "-")
        (failure,) = json.loads(ran.out)["failures"]
        assert failure["code"] == "WITNESS_UNSATISFIED"
        assert "the gzip stream" in failure["message"], "also why the constraints did not help"


def bomb(size: int) -> bytes:
    """gzip of so many zeros after the head of a file of constraints, made without having them."""
    squeeze = zlib.compressobj(9, wbits=31)
    parts = [squeeze.compress((QUARTIC / "circuit.r1cs").read_bytes())]
    parts += [squeeze.compress(bytes(1 << 20)) for _ in range(size >> 20)]
    return b"".join([*parts, squeeze.flush()])


def test_packed_constraints_take_bounded_memory_and_end_at_a_limit_of_the_key(
    run: Runner, packed: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = packed(bomb(300 << 20))
    before = psutil.Process().memory_info().rss
    limit = most_unpacked(mapped(QUARTIC).layout)
    assert limit < 100 << 20
    with pytest.raises(SetupFault) as caught:
        Constraints(path, limit)
    assert caught.value.code == "R1CS_TOO_LARGE"
    assert psutil.Process().memory_info().rss - before < 32 << 20
    monkeypatch.setattr(reading, "CHUNK", 1 << 20)
    with pytest.raises(SetupFault, match=r"extra bytes? after the last section"):
        Constraints(path, 1 << 30)
    assert psutil.Process().memory_info().rss - before < 64 << 20
    ran = run(
        "prove-batch", "check", QUARTIC / "witnesses" / "0000.wtns", "--r1cs", path, "--max-r1cs", "10MB"
    )
    assert (ran.code, "[R1CS_TOO_LARGE]" in ran.err) == (2, True)
    damaged(tmp_path)
    ran = run("prove-batch", "check", QUARTIC / "witnesses" / "0000.wtns", "--r1cs", path)
    assert "[R1CS_TOO_LARGE]" in ran.err, "the key beside it tells"
    ran = run("prove-batch", "key", "prepare", QUARTIC / "circuit.zkey", "--r1cs", path)
    assert (ran.code, "[R1CS_TOO_LARGE]" in ran.err) == (2, True)


def test_the_limit_has_room_for_the_constraints_of_every_sample(any_sample: Path) -> None:
    key = map_key(any_sample / "circuit.zkey")
    assert 8 * (any_sample / "circuit.r1cs").stat().st_size < most_unpacked(key.layout)
    layout = parse_r1cs((any_sample / "circuit.r1cs").read_bytes(), "r")
    assert layout.n_custom_gates == 0
    assert Constraints(any_sample / "circuit.r1cs").fits(key.layout)
