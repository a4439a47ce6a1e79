"""Circuits that others were reported to fail on: none, all or thousands of the signals are public, there is
no constraint, or the domain is exactly full. snarkjs makes the keys of the small ones, and verifies all
proofs.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import Ran, Snarkjs, needs_native
from npm_tools import tool

from prover_cli.benchmark.generated import write_circuit
from prover_cli.formats.curves import BN254
from prover_cli.formats.r1cs import parse_r1cs
from prover_cli.systems.groth16.mapped import MappedKey
from prover_cli.systems.insecure_setup import Circuit

pytestmark = [needs_native, pytest.mark.slow]

Runner = Callable[..., Ran]


class Extreme(NamedTuple):
    circuit: str
    main: str
    sizes: tuple[int, int, int]
    """Constraints, public signals, signals."""
    inputs: dict[str, str]
    public: list[str]


EXTREMES = {
    "no public signal": Extreme(
        "template T() { signal input a; signal input b; signal c; c <== a * b; c * a === 99; }",
        "main",
        (2, 0, 4),
        {"a": "3", "b": "11"},
        [],
    ),
    "all public": Extreme(
        "template T() { signal input a; signal input b; signal output c; c <== a * b; }",
        "main {public [a, b]}",
        (1, 3, 4),
        {"a": "3", "b": "11"},
        ["33", "3", "11"],
    ),
    "no constraint": Extreme(
        "template T() { signal input a; signal input b; }",
        "main {public [a]}",
        (0, 1, 2),
        {"a": "3", "b": "11"},
        ["3"],
    ),
    "a full domain": Extreme(
        """template T() {
            signal input a; signal output c; signal s[15];
            s[0] <== a;
            for (var i = 0; i < 14; i++) { s[i + 1] <== s[i] * s[i] + i; }
            c <== s[14];
        }""",
        "main",
        (14, 1, 16),
        {"a": "1"},
        [],
    ),
}


@pytest.mark.parametrize("name", EXTREMES)
def test_the_smallest_extremes(run: Runner, snarkjs: Snarkjs, tmp_path: Path, ptau: Path, name: str) -> None:
    extreme = EXTREMES[name]
    source = f"pragma circom 2.0.0;\n{extreme.circuit}\ncomponent {extreme.main} = T();\n"
    (tmp_path / "t.circom").write_text(source)
    tool(tmp_path, "circom2", "t.circom", "--r1cs", "--wasm", "--sym")
    tool(tmp_path, "snarkjs", "groth16", "setup", "t.r1cs", str(ptau), "t_0000.zkey")
    tool(tmp_path, "snarkjs", "zkey", "contribute", "t_0000.zkey", "t.zkey", "-n=x", "-e=more")
    tool(tmp_path, "snarkjs", "zkey", "export", "verificationkey", "t.zkey", "verification_key.json")
    layout = parse_r1cs((tmp_path / "t.r1cs").read_bytes(), "t.r1cs")
    assert (layout.n_constraints, layout.n_public, layout.n_wires) == extreme.sizes
    key = MappedKey(tmp_path / "t.zkey").layout
    if name == "a full domain":
        assert layout.n_constraints + layout.n_public + 1 == key.domain_size
    (tmp_path / "in").mkdir()
    for number in range(3):  # more than one: they are verified together
        (tmp_path / "in" / f"{number}.json").write_text(json.dumps(extreme.inputs))
    for prepare in ("never", "always"):
        ran = run("prove-batch", "in", "-o", prepare, "--prepare", prepare)
        assert ran.code == 0, ran.err
        for number in range(3):
            public, proof = (tmp_path / prepare / f"{number}.{which}.json" for which in ("public", "proof"))
            if name != "a full domain":
                assert json.loads(public.read_text()) == extreme.public
            done = snarkjs("groth16", "verify", tmp_path / "verification_key.json", public, proof)
            assert "OK" in done.stdout, done.stdout
        assert run("prove-batch", "verify", prepare, "--key", "t.zkey").code == 0
    assert run("prove-batch", "key", "info", "t.zkey", "--check").code == 0


def test_thousands_of_public_signals(run: Runner, snarkjs: Snarkjs, tmp_path: Path) -> None:
    """Their results do not fit through a pipe."""
    signals = 6000
    witness = [1, *(number * number for number in range(signals)), 7]
    last = signals + 1
    circuit = Circuit([[(last, 1)]], [[(last, 1)]], [[(8, 1)]], witness, signals)  # 7 * 7 is signal 8
    write_circuit(circuit, 13, tmp_path, BN254, threads=2, progress=lambda _: None)
    for name in ("0001", "0002"):
        shutil.copy(tmp_path / "witnesses" / "0000.wtns", tmp_path / "witnesses" / f"{name}.wtns")
    ran = run("prove-batch", "witnesses", "--key", "circuit.zkey")
    assert ran.code == 0, ran.err
    assert run("prove-batch", "verify", "proofs", "--key", "circuit.zkey").code == 0
    assert run("prove-batch", "key", "vkey", "circuit.zkey", "-o", "vk.json").code == 0
    files = [tmp_path / "proofs" / f"0001.{which}.json" for which in ("public", "proof")]
    assert json.loads(files[0].read_text()) == [str(value) for value in witness[1 : signals + 1]]
    done = snarkjs("groth16", "verify", tmp_path / "vk.json", *files)
    assert "OK" in done.stdout, done.stdout
    line = run("prove-batch", "witnesses/0002.wtns", "--key", "circuit.zkey", "-o", "-")
    assert len(json.loads(line.out)["publicSignals"]) == signals
