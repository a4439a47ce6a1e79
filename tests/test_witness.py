"""Witnesses from inputs: those of snarkjs, byte for byte; and what is wrong with inputs is told by name."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import wasmtime
from calculators import ENDLESS, hostile
from conftest import SAMPLES, Ran, needs_native
from hypothesis import given, settings
from hypothesis import strategies as st

from prover_cli.faults import Fault, JobFault, SetupFault
from prover_cli.formats.wtns import parse_witness, write_witness
from prover_cli.pool import pool
from prover_cli.pool.job import CircuitFile, ProveJob
from prover_cli.pool.memory import sample
from prover_cli.systems.groth16.mapped import MappedKey
from prover_cli.witness.calculator import Calculator
from prover_cli.witness.inputs import parse_inputs, place
from prover_cli.witness.source import WitnessSource

MEMBERSHIP, QUARTIC = SAMPLES / "membership", SAMPLES / "quartic"
Runner = Callable[..., Ran]
PRIME = 21888242871839275222246405745257275088548364400416034343698204186575808495617


def calculator(sample: Path, *, symbols: bool = True, **more: Any) -> Calculator:
    return Calculator(sample / "circuit.wasm", sample / "circuit.sym" if symbols else None, **more)


def inputs_of(sample: Path, number: int = 0) -> dict[str, Any]:
    return dict(json.loads((sample / "inputs" / f"{number:04}.json").read_text()))


def test_witnesses_are_those_of_snarkjs_byte_for_byte(any_sample: Path) -> None:
    calculates = calculator(any_sample)
    for path in sorted((any_sample / "inputs").glob("*.json")):
        witness = calculates.calculate(parse_inputs(path.read_bytes(), path.name), path.name)
        theirs = (any_sample / "witnesses" / f"{path.stem}.wtns").read_bytes()
        assert write_witness(witness.witness) == theirs


@settings(max_examples=30)
@given(a=st.integers(0, PRIME - 1), form=st.sampled_from(["int", "decimal", "hex", "negative", "spaces"]))
def test_every_way_to_write_a_number_is_the_same_number(a: int, form: str) -> None:
    written: object = {
        "int": a, "decimal": str(a), "hex": hex(a), "negative": str(a - PRIME) if a else "0",
        "spaces": f" {a} ",
    }[form]  # fmt: skip
    names = list(inputs_of(QUARTIC))
    calculates = calculator(QUARTIC)

    def outcome(value: object) -> object:
        text = json.dumps(inputs_of(QUARTIC) | {names[0]: value}).encode()
        try:
            return calculates.calculate(parse_inputs(text, "w"), "w").witness.values
        except JobFault as fault:
            return fault.code  # an assert of the circuit

    assert outcome(written) == outcome(a)


GOOD = inputs_of(MEMBERSHIP)
WRONG: list[tuple[bytes | dict[str, Any], str, str]] = [
    (b"", "INPUT_CORRUPT", "input w is not JSON at line 1, column 1"),
    (b"[1]", "INPUT_CORRUPT", 'input w must be an object of names and values, like {"a": 3}'),
    (b"5", "INPUT_CORRUPT", "must be an object"),
    (b'{"a": 1,}', "INPUT_CORRUPT", "is not JSON at line 1, column"),
    (b'{"a": 1\n "b": 2}', "INPUT_CORRUPT", "line 2, column 2"),
    (b"\xff\xfe{", "INPUT_CORRUPT", "is not JSON"),
    (b"[" * 100_000, "INPUT_CORRUPT", "is not JSON"),
    (b'{"a": ' + b"9" * 10_000 + b"}", "INPUT_VALUE", "input w: a number has too many digits for any field"),
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "INPUT_CORRUPT",
     "input w is not JSON: it is a Git LFS pointer: fetch the file itself with git lfs pull"),
    (b"\x1f\x8b\x08", "INPUT_CORRUPT", "input w is not JSON: it is compressed with gzip"),
    (b"<!DOCTYPE html>", "INPUT_CORRUPT", "input w is not JSON: it is an HTML page"),
    (b'{"topic": 1, "topic": 2}', "INPUT_CORRUPT", 'input w: "topic" is given twice'),
    (GOOD | {"topic": 1.5}, "INPUT_VALUE", "input w: topic is not a whole number; write an integer"),
    (b'{"topic": 1e3}', "INPUT_VALUE", "topic is not a whole number"),
    (b'{"topic": NaN}', "INPUT_VALUE", "topic is not a whole number"),
    (GOOD | {"topic": None}, "INPUT_VALUE", "topic is null"),
    (GOOD | {"topic": ""}, "INPUT_VALUE", "topic is not a number"),
    (GOOD | {"topic": "abc"}, "INPUT_VALUE", "topic is not a number"),
    (GOOD | {"topic": "0xzz"}, "INPUT_VALUE", "topic is not a number"),
    (GOOD | {"topic": "0x"}, "INPUT_VALUE", "topic is not a number"),
    (GOOD | {"topic": "1_000"}, "INPUT_VALUE", "topic is not a number"),
    (GOOD | {"topic": "1,000"}, "INPUT_VALUE", "topic is not a number"),
    (GOOD | {"topic": "1.0"}, "INPUT_VALUE", "topic is not a number"),
    (GOOD | {"topic": "--1"}, "INPUT_VALUE", "topic is not a number"),
    (GOOD | {"topic": "-0x1"}, "INPUT_VALUE", "topic is not a number"),
    (GOOD | {"topic": "٣"}, "INPUT_VALUE", "topic is not a number"),
    (GOOD | {"topic": "9" * 5000}, "INPUT_VALUE", "topic is a string of more than 1000 characters"),
    (GOOD | {"x" * 5000: 1}, "INPUT_UNKNOWN", f'unknown signal "{"x" * 60}…"'),
    (GOOD | {"\x1b" * 5000: {"y": 1}}, "INPUT_UNKNOWN", "\\u001b…"),
    (GOOD | {"topic": {"x": 1}}, "INPUT_VALUE", "topic is an object"),
    (GOOD | {"siblings": [*GOOD["siblings"][:3], None, *GOOD["siblings"][4:]]}, "INPUT_VALUE",
     "input w: siblings[3] is null"),
    (GOOD | {"siblings": [[1, 2], [3, "x"]]}, "INPUT_VALUE", "siblings[1][1] is not a number"),
    (b'{"topic": ' + b"[" * 40 + b"1" + b"]" * 40 + b"}", "INPUT_VALUE",
     f"input w: topic{'[0]' * 32} is nested deeper than any signal"),
    (b'{"topic": [null, ' + b"[" * 40 + b"]" * 40 + b"]}", "INPUT_VALUE", "topic[0] is null"),
    (GOOD | {"topic": str(PRIME)}, "INPUT_OUT_OF_RANGE",
     "input w: topic is not below the prime of the circuit's field"),
    (GOOD | {"topic": PRIME + 5}, "INPUT_OUT_OF_RANGE", "topic is not below the prime"),
    (GOOD | {"topic": str(-PRIME)}, "INPUT_OUT_OF_RANGE", "topic is not below the prime"),
    (GOOD | {"topic": hex(2**300)}, "INPUT_OUT_OF_RANGE", "topic is not below the prime"),
    (GOOD | {"siblings": [*GOOD["siblings"][:7], hex(2**254)]}, "INPUT_OUT_OF_RANGE",
     "siblings[7] is not below"),
    ({n: v for n, v in GOOD.items() if n != "secret"}, "INPUT_MISSING", "input w: input secret is missing"),
    ({"topic": "1"}, "INPUT_MISSING", "input w: input root, secret, siblings, path are missing"),
    ({}, "INPUT_MISSING", "input root, topic, secret, siblings, path are missing"),
    (GOOD | {"secrt": 1}, "INPUT_UNKNOWN", 'input w: unknown signal "secrt", did you mean "secret"?'),
    (GOOD | {"zzz": 1}, "INPUT_UNKNOWN",
     'unknown signal "zzz"; the circuit takes root, topic, secret, siblings, path'),
    (GOOD | {"nullifier": 1}, "INPUT_UNKNOWN", 'unknown signal "nullifier"; the circuit takes'),
    (GOOD | {"\x1b[31m": 1}, "INPUT_UNKNOWN", 'unknown signal "\\u001b[31m"'),
    (GOOD | {"siblings": GOOD["siblings"][:7]}, "INPUT_SHAPE",
     "input w: siblings[7] is missing; siblings has 7 values, but the circuit takes 8"),
    (GOOD | {"siblings": [*GOOD["siblings"], 1]}, "INPUT_SHAPE",
     "too many values; siblings has 9 values, but the circuit takes 8"),
    (GOOD | {"siblings": "1"}, "INPUT_SHAPE", "siblings[1] is missing; siblings has 1 value"),
    (GOOD | {"siblings": []}, "INPUT_SHAPE", "siblings[0] is missing"),
    (GOOD | {"topic": ["1", "2"]}, "INPUT_SHAPE", "too many values; topic has 2 values, but"),
    (GOOD | {"topic": []}, "INPUT_SHAPE", "topic is too short"),
    (GOOD | {"secret": "1"}, "ASSERT_FAILED", "input w: an assert of the circuit failed: "),
    (GOOD | {"path": [2] * 8}, "ASSERT_FAILED", "line: "),
]  # fmt: skip


@pytest.mark.parametrize(("given_", "code", "words"), WRONG)
def test_what_is_wrong_with_inputs_is_told_by_name(
    given_: bytes | dict[str, Any], code: str, words: str
) -> None:
    data = given_ if isinstance(given_, bytes) else json.dumps(given_).encode()
    with pytest.raises(JobFault) as raised:
        calculator(MEMBERSHIP, strict=True).calculate(parse_inputs(data, "input w"), "input w")
    assert (raised.value.code, words in raised.value.message) == (code, True), raised.value.message
    secret = str(GOOD["secret"])[:12]
    assert secret not in raised.value.message


def test_without_symbols_the_message_says_what_the_calculator_can_tell() -> None:
    bare = calculator(MEMBERSHIP, symbols=False)

    def told(inputs: dict[str, Any]) -> str:
        with pytest.raises(JobFault) as raised:
            bare.calculate(inputs, "input w")
        return raised.value.message

    assert "put the circuit's .sym next to the .wasm to see the known ones" in told(GOOD | {"secrt": 1})
    fewer = {name: value for name, value in GOOD.items() if name != "secret"}
    assert "18 of 19 input values are given; put the circuit's .sym" in told(fewer)
    assert "siblings[7] is missing" in told(GOOD | {"siblings": GOOD["siblings"][:7]})


def test_flat_places_are_told_as_people_index() -> None:
    assert place("m", 5, (2, 3)) == "m[1][2]"
    assert place("m", 7, ()) == "m"


# ---- hostile code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (ENDLESS, "WITNESS_TIMEOUT"),
        ("(unreachable)", "WITNESS_CRASHED"),
        ("(call $again (i32.const 0))", "WITNESS_CRASHED"),
        ("(drop (i32.load (i32.const -8)))", "WITNESS_CRASHED"),
        ("(drop (i32.div_u (i32.const 1) (i32.const 0)))", "WITNESS_CRASHED"),
        ("(if (i32.eq (memory.grow (i32.const 60000)) (i32.const -1)) (then (call $fault (i32.const 5))))",
         "WITNESS_MEMORY"),
        ("(call $fault (i32.const 1))", "INPUT_REFUSED"),
        ("(call $fault (i32.const 4))", "ASSERT_FAILED"),
    ],
)  # fmt: skip
def test_hostile_code_fails_its_job_only(tmp_path: Path, body: str, code: str) -> None:
    calculates = Calculator(hostile(tmp_path / "hostile.wasm", body), seconds=0.2)
    for _ in range(2):
        with pytest.raises(JobFault) as raised:
            calculates.calculate({"a": 1}, "input w")
        assert raised.value.code == code


def test_in_a_worker_process_what_does_not_end_costs_its_worker_and_no_other_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "CALCULATION_SECONDS", 0.2)
    key = QUARTIC / "circuit.zkey"
    endless = hostile(tmp_path / "endless.wasm", ENDLESS, witness_size=MappedKey(key).layout.n_vars)
    circuit = CircuitFile("q", str(key), key.stat().st_size, key.stat().st_mtime_ns, wasm=str(endless))
    with pool.WorkerPool([circuit], 1, retries=0, max_queue=3) as workers:
        stuck = workers.execute(ProveJob("w", "q", WitnessSource(data=b'{"a": 1}', is_input=True)))
        witness = WitnessSource(path=str(QUARTIC / "witnesses" / "0000.wtns"))
        good = workers.execute(ProveJob("g", "q", witness))
        with pytest.raises(JobFault) as raised:
            stuck.result(300)
        assert good.result(300).verified
    assert raised.value.code == "TIMEOUT"
    assert "calculating its witness takes too long" in raised.value.message
    assert workers.statistics[0].restart_reasons == {"timeout": 1}


def test_code_that_asks_for_more_than_a_calculator_needs_is_not_run(tmp_path: Path) -> None:
    for text in (
        '(module (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32))))',
        '(module (import "env" "memory" (memory 1)))',
    ):
        path = tmp_path / "asks.wasm"
        path.write_bytes(wasmtime.wat2wasm(text))
        with pytest.raises(SetupFault) as raised:
            Calculator(path)
        assert raised.value.code == "WASM_UNSUPPORTED"
    (tmp_path / "none.wasm").write_bytes(b"\0asm")
    with pytest.raises(SetupFault) as raised:
        Calculator(tmp_path / "none.wasm")
    assert raised.value.code == "WASM_CORRUPT"
    (tmp_path / "empty.wasm").write_bytes(wasmtime.wat2wasm("(module)"))
    with pytest.raises(Fault) as refused:
        Calculator(tmp_path / "empty.wasm").calculate({}, "w")
    assert refused.value.code == "WASM_UNSUPPORTED"


def test_compiled_code_is_kept_and_a_damaged_copy_is_made_anew(tmp_path: Path, own_cache: Path) -> None:
    wasm = tmp_path / "circuit.wasm"
    shutil.copy(QUARTIC / "circuit.wasm", wasm)
    expected = calculator(QUARTIC).calculate(inputs_of(QUARTIC), "w").witness.values
    kept = list((own_cache / "prove-batch" / "calculators").glob("*.cwasm"))
    assert kept
    for path in kept:
        assert path.stat().st_mode & 0o077 == 0
        half = path.read_bytes()[: path.stat().st_size // 2]
        path.unlink()  # calculators of this process have it mapped: cut under them, it ends the process
        path.write_bytes(half)
    assert Calculator(wasm).calculate(inputs_of(QUARTIC), "w").witness.values == expected


def test_nothing_of_a_witness_stays_in_memory() -> None:
    calculates, inputs = calculator(MEMBERSHIP), inputs_of(MEMBERSHIP)
    wrong = inputs | {"secret": "1"}

    def some() -> int:
        for _ in range(30):
            calculates.calculate(inputs, "w")
            with pytest.raises(JobFault):
                calculates.calculate(wrong, "w")
        return sample(os.getpid())[0]

    settled = some()
    assert some() < settled + (8 << 20), "an instance left behind has a megabyte"


# ---- in runs


@needs_native
def test_a_folder_of_inputs_is_proved_and_resumed(run: Runner, tmp_path: Path) -> None:
    circuit = ["--circuit", f"membership={MEMBERSHIP}"]
    ran = run("prove-batch", MEMBERSHIP / "inputs", *circuit)
    assert (ran.code, "8 proved" in ran.err) == (0, True), ran.err
    assert run("prove-batch", "verify", "proofs", "--vkey", MEMBERSHIP / "verification_key.json").code == 0
    assert "8 skipped" in run("prove-batch", MEMBERSHIP / "inputs", *circuit, "--resume").err
    secret = str(GOOD["secret"])
    assert secret not in ran.err
    assert secret not in "".join(path.read_text() for path in (tmp_path / "proofs").iterdir())


@needs_native
def test_inputs_come_by_pipe_and_wrong_ones_cost_no_other(run: Runner) -> None:
    jobs = [{"id": "good", "input": GOOD}, {"id": "bad", "input": GOOD | {"secret": "1"}},
            {"id": "odd", "input": [1]}, {"id": "more", "input": inputs_of(MEMBERSHIP, 1)}]  # fmt: skip
    lines = "\n".join(map(json.dumps, jobs)).encode()
    ran = run("prove-batch", "-", "-o", "-", "--ordered", "--circuit", f"m={MEMBERSHIP}", stdin=lines)
    assert ran.code == 1
    told = {line["id"]: line.get("error", {}).get("code") for line in ran.lines}
    assert told == {"good": None, "bad": "ASSERT_FAILED", "odd": "INPUT_CORRUPT", "more": None}


@needs_native
def test_of_a_witness_and_inputs_with_one_name_the_witness_is_taken(run: Runner, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    shutil.copy(QUARTIC / "inputs" / "0000.json", folder / "a.json")
    shutil.copy(QUARTIC / "witnesses" / "0001.wtns", folder / "a.wtns")
    shutil.copy(QUARTIC / "inputs" / "0002.json", folder / "b.json")
    shutil.copy(QUARTIC / "verification_key.json", folder)
    for name, text in {
        "summary.json": '{"version": "1", "command": "prove-batch"}',
            "proof.json": '{"pi_a": [], "protocol": "groth16"}',
        "x.public.json": "[]", "package.json": "{}",
    }.items():  # fmt: skip
        (folder / name).write_text(text)
    ran = run("prove-batch", folder, "--circuit", f"quartic={QUARTIC}")
    assert (ran.code, "2 proved" in ran.err) == (0, True), ran.err
    kept = json.loads((tmp_path / "proofs" / "a.public.json").read_text())
    assert (
        run("prove-batch", QUARTIC / "witnesses" / "0001.wtns", "--circuit", f"quartic={QUARTIC}").code == 0
    )
    assert json.loads((tmp_path / "proofs" / "0001.public.json").read_text()) == kept


# ---- the command


def test_prover_witness_writes_what_snarkjs_writes(run: Runner, tmp_path: Path) -> None:
    ran = run("prove-batch", "witness", MEMBERSHIP / "inputs")
    assert (ran.code, "8 witnesses in witnesses, 0 failed" in ran.err) == (0, True), ran.err
    for path in sorted((tmp_path / "witnesses").iterdir()):
        assert path.read_bytes() == (MEMBERSHIP / "witnesses" / path.name).read_bytes()
        assert path.stat().st_mode & 0o077 == 0, "a witness is its owner's"
    assert len(list((tmp_path / "witnesses").iterdir())) == 8


def test_the_witness_of_snarkjs_itself_is_the_same(
    run: Runner, snarkjs: Callable[..., Any], tmp_path: Path, small_sample: Path
) -> None:
    theirs = tmp_path / "theirs.wtns"
    given = small_sample / "inputs" / "0003.json"
    snarkjs("wtns", "calculate", small_sample / "circuit.wasm", given, theirs)
    assert run("prove-batch", "witness", given, "--wasm", small_sample, "-o", "ours").code == 0
    assert (tmp_path / "ours" / "0003.wtns").read_bytes() == theirs.read_bytes()


def test_prover_witness_fails_wrong_inputs_alone(run: Runner, tmp_path: Path) -> None:
    lines = [
        json.dumps({"id": "good", "input": GOOD}),
        json.dumps({"id": "../up", "input": GOOD}),
        json.dumps({"id": "few", "input": {"topic": 1}}),
        "{",
        json.dumps({"input": 5}),
        json.dumps({"input": GOOD}),
    ]
    ran = run("prove-batch", "witness", "-", "--wasm", MEMBERSHIP, stdin="\n".join(lines).encode())
    assert ran.code == 1
    assert {path.name for path in (tmp_path / "witnesses").iterdir()} == {"good.wtns", "000006.wtns"}
    for code in ("BAD_ID", "INPUT_MISSING", "BAD_LINE"):
        assert f"[{code}]" in ran.err
    assert "2 witnesses in witnesses, 4 failed" in ran.err
    assert "[NO_WASM]" in run("prove-batch", "witness", "-", stdin=b"").err
    (tmp_path / "a.wasm").write_bytes(b"")
    (tmp_path / "b.wasm").write_bytes(b"")
    assert "[SEVERAL_WASM]" in run("prove-batch", "witness", "-", stdin=b"").err
    assert "[WASM_CORRUPT]" in run("prove-batch", "witness", "-", "--wasm", "a.wasm", stdin=b"").err
    assert "[NO_SOURCE]" in run("prove-batch", "witness", "nothing.json").err


def spoiled(path: Path, to: Path, index: int) -> Path:
    """The witness with another value in one place."""
    data = bytearray(path.read_bytes())
    start = parse_witness(bytes(data), "w").offset + index * 32
    data[start] ^= 1
    to.write_bytes(data)
    return to


def test_prover_check_tells_the_constraints_that_are_broken_and_their_signals(
    run: Runner, snarkjs: Callable[..., Any], tmp_path: Path
) -> None:
    good = MEMBERSHIP / "witnesses" / "0000.wtns"
    ran = run("prove-batch", "check", good)
    assert (ran.code, "satisfies all" in ran.out) == (0, True), ran.err
    assert "WITNESS IS CORRECT" in snarkjs("wtns", "check", MEMBERSHIP / "circuit.r1cs", good).stdout
    for index in (1, 3, 4, 500):
        bad = spoiled(good, tmp_path / "bad.wtns", index)
        ran = run("prove-batch", "check", bad, "--r1cs", MEMBERSHIP, "--json")
        told = json.loads(ran.out)
        assert (ran.code, told["satisfied"]) == (1, False)
        assert "WITNESS IS CORRECT" not in snarkjs("wtns", "check", MEMBERSHIP / "circuit.r1cs", bad).stdout
    bad = spoiled(good, tmp_path / "bad.wtns", 4)
    ran = run("prove-batch", "check", bad, "--r1cs", MEMBERSHIP / "circuit.r1cs")
    assert "secret" in ran.out
    bare = shutil.copy(MEMBERSHIP / "circuit.r1cs", tmp_path / "bare.r1cs")
    ran = run("prove-batch", "check", bad, "--r1cs", bare)
    assert "signal 4" in ran.out
    assert ".sym (circom --sym)" in ran.out
    assert "[NO_R1CS]" in run("prove-batch", "check", good, "--r1cs", tmp_path / "none").err
    assert "[WITNESS_COUNT]" in run("prove-batch", "check", good, "--r1cs", QUARTIC).err
    assert run("prove-batch", "check", tmp_path / "gone.wtns", "--r1cs", QUARTIC).code == 2
