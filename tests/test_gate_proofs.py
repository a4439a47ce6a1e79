"""PLONK and FFLONK beside those who did not learn them from us: snarkjs, its contracts in an EVM, and plain
Python."""

import json
import secrets
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Ran, Snarkjs, needs_native
from gate_systems import (
    FFLONK,
    GATE_SYSTEMS,
    PLONK,
    GateSystem,
    generated,
    quiet,
    refitted,
    spoilt,
    witness_of,
)

import prover_cli
from prover_cli.benchmark.generated import write_circuit
from prover_cli.faults import Code, JobFault, SetupFault
from prover_cli.formats.curves import BLS12_381, BN254, Curve
from prover_cli.formats.wtns import Witness, write_witness
from prover_cli.systems.insecure_setup import Circuit
from prover_cli.systems.opened_key import SATISFIED, Unsatisfied
from prover_cli.systems.registry import engine_for, proof_from_json, verification_key_from_json, verifier_for

pytestmark = needs_native

Circuits = dict[tuple[str, str], Path]
"""Folders by the system and the name of a circuit; see `generated`."""


@pytest.fixture(params=GATE_SYSTEMS, ids=lambda system: system.name)
def system(request: pytest.FixtureRequest) -> GateSystem:
    """Each in turn."""
    found: GateSystem = request.param
    return found


@pytest.fixture(scope="module")
def circuits(tmp_path_factory: pytest.TempPathFactory) -> Circuits:
    made = {}
    for system in GATE_SYSTEMS:
        folders = generated(system, tmp_path_factory.mktemp(system.name))
        made.update({(system.name, name): folder for name, folder in folders.items()})
    return made


def those(*names: str) -> list[tuple[GateSystem, str]]:
    """Each system with the circuits that it has of these."""
    return [
        (system, name)
        for system in GATE_SYSTEMS
        for name in names
        if name != "bls12381" or len(system.curves) > 1
    ]


def blindings(system: GateSystem, curve: Curve) -> Iterator[Any]:
    own = system.blinding
    yield own.fresh(curve)
    yield own((0,) * own.count)
    yield own((curve.r - 1,) * own.count)


@pytest.mark.parametrize(("system", "name"), those("sample", "dense", "bits", "bls12381"), ids=str)
def test_the_same_blinding_gives_the_proof_of_snarkjs(
    system: GateSystem, name: str, circuits: Circuits
) -> None:
    folder = circuits[system.name, name]
    key, witness = system.mapped(folder), witness_of(folder)
    curve = key.layout.curve
    for blinding in blindings(system, curve):
        done = subprocess.run(
            ["node", ROOT / "tests" / "node" / "blinded.cjs", system.name, folder / "circuit.zkey",
             folder / "witnesses" / "0000.wtns", curve.name, *map(str, blinding.factors)],
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        theirs, signals = json.loads(done.stdout)
        proof = system.native(key).prove(witness, blinding, 1)
        assert json.dumps(proof.to_json()) == json.dumps(theirs), "in the same order, too"
        assert [str(signal) for signal in witness.public_signals(key.layout.n_public)] == signals
        assert prover_cli.verify(key.verification_key, proof, witness.public_signals(key.layout.n_public))


@pytest.mark.parametrize(("system", "name"), those("sample", "dense", "bls12381"), ids=str)
def test_both_engines_make_the_same_proof_on_any_processor(
    system: GateSystem, name: str, circuits: Circuits
) -> None:
    from prover_cli import _native

    folder = circuits[system.name, name]
    key, witness = system.mapped(folder), witness_of(folder)
    blinding = system.blinding.fresh(key.layout.curve)
    wanted = system.reference(key).prove(witness, blinding, 1)
    for cpu in _native.cpus(key.layout.curve.name):
        for threads in (1, 2, 5):
            assert system.native(key, cpu).prove(witness, blinding, threads) == wanted, (cpu, threads)
    referee = system.referee(key.verification_key)
    signals = witness.public_signals(key.layout.n_public)
    assert referee.verify(wanted, signals)
    other = (signals[0] + 1, *signals[1:])
    assert not referee.verify(wanted, other)
    assert not referee.verify(refitted(wanted, key.verification_key, other), other)


def test_two_proofs_of_a_witness_share_nothing(system: GateSystem) -> None:
    key, witness = prover_cli.load_key(system.sample / "circuit.zkey"), witness_of(system.sample)
    proofs: list[Any] = [prover_cli.prove(key, witness)[0] for _ in range(2)]
    one, other = ({*proof.points, *proof.evaluations} for proof in proofs)
    assert not one & other


@pytest.mark.parametrize("public", [0, 1, 3])
@pytest.mark.parametrize("log", [3, 6])
def test_any_number_of_public_signals_is_proved(
    system: GateSystem, public: int, log: int, tmp_path: Path
) -> None:
    """snarkjs' prover of PLONK throws without public signals; its verifier accepts."""
    r = BN254.r
    circuit = Circuit([], [], [], [1, 2, 3, 4], public)
    for _ in range(2 if log == 3 else 40):
        signal = len(circuit.witness)
        circuit.a.append([(signal - 1, 1)])
        circuit.b.append([(signal - 2, 1)])
        circuit.c.append([(signal, 1)])
        circuit.witness.append(circuit.witness[-1] * circuit.witness[-2] % r)
    write_circuit(circuit, log, tmp_path, BN254, system=system.name, progress=quiet)
    key = prover_cli.load_key(tmp_path / "circuit.zkey")
    proof, signals = prover_cli.prove(key, tmp_path / "witnesses" / "0000.wtns")
    assert signals == tuple(circuit.witness[1 : public + 1])
    found = key.verification_key
    assert system.referee(found).verify(proof, signals)
    files = {"key": found.to_json(), "public": [str(s) for s in signals], "proof": proof.to_json()}
    for name, value in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(value))
    words = [str(ROOT / "tests" / "node_modules" / ".bin" / "snarkjs"), system.name, "verify"]
    done = subprocess.run(
        [*words, "key.json", "public.json", "proof.json"],
        cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("verify", [True, False])
@pytest.mark.parametrize("engine", ["native", "reference"])
def test_a_bad_witness_is_refused_by_its_gate(
    system: GateSystem, engine: str, verify: bool, tmp_path: Path
) -> None:
    """Also where proofs are not verified: a quotient would leave a remainder."""
    sample = system.sample
    (tmp_path / "circuit.zkey").write_bytes((sample / "circuit.zkey").read_bytes())
    prover = engine_for(system.name, engine).prover(system.mapped(tmp_path))
    told = r"witness w breaks gate \d of the key .*put the \.r1cs next to the key"
    with pytest.raises(JobFault, match=told) as caught:
        prover.prove(spoilt(witness_of(sample)), "w", verify=verify)
    assert caught.value.kind is Code.WITNESS_UNSATISFIED
    assert "12345" not in str(caught.value)
    (tmp_path / "circuit.r1cs").write_bytes((sample / "circuit.r1cs").read_bytes())
    (tmp_path / "circuit.sym").write_bytes((sample / "circuit.sym").read_bytes())
    prover = engine_for(system.name, engine).prover(system.mapped(tmp_path))
    with pytest.raises(JobFault, match=r"breaks constraint \d of .*signals x2, x4"):
        prover.prove(spoilt(witness_of(sample)), "w", verify=verify)


def test_gates_are_looked_at_alike_by_both_engines(system: GateSystem, circuits: Circuits) -> None:
    folder = circuits[system.name, "dense"]
    witness = witness_of(folder)
    native, reference = system.opened(folder)
    for index in range(1, witness.count):
        bad = spoilt(witness, index)
        gate = reference.broken_gate(bad, 1)
        assert gate == native.broken_gate(bad, 1)
        if gate == SATISFIED:
            continue
        with pytest.raises(Unsatisfied):
            native.prove(bad, native.fresh_blinding(), 1)
    assert reference.broken_gate(witness, 1) == native.broken_gate(witness, 1) == SATISFIED


@pytest.mark.parametrize(("system", "name"), those("sample", "bls12381"), ids=str)
def test_a_changed_proof_is_refused(system: GateSystem, name: str, circuits: Circuits) -> None:
    folder = circuits[system.name, name]
    key, witness = system.mapped(folder), witness_of(folder)
    curve, kind = key.layout.curve, system.of("proof", "Proof")
    native = system.native(key)
    proof = native.prove(witness, native.fresh_blinding(), 1)
    signals = witness.public_signals(key.layout.n_public)
    found = prover_cli.load_key(folder / "circuit.zkey").verification_key
    referee = system.referee(found)
    assert prover_cli.verify(found, proof, signals) and referee.verify(proof, signals)
    bad = []
    for index in range(len(proof.points)):
        for point in (proof.points[index - 1], (0, 0)):
            points = (*proof.points[:index], point, *proof.points[index + 1 :])
            bad.append(kind(curve, points, proof.evaluations))
    for index in range(len(proof.evaluations)):
        values = list(proof.evaluations)
        values[index] = (values[index] + 1) % curve.r
        bad.append(kind(curve, proof.points, tuple(values)))
    unfitted = [one for one in bad if refitted(one, found, signals) != proof]
    assert len(bad) - len(unfitted) == (system is FFLONK), "a changed inv alone is made good again"
    for one in bad:
        assert not prover_cli.verify(found, one, signals)
    for one in unfitted:
        assert not prover_cli.verify(found, refitted(one, found, signals), signals)
    assert not any(referee.verify(refitted(one, found, signals), signals) for one in unfitted[::8])
    assert not any(referee.verify(one, signals) for one in bad[::12])
    assert not prover_cli.verify(found, proof, ())
    if curve.r + proof.evaluations[0] < 1 << 256:
        # What snarkjs takes, because it reduces the numbers of a file.
        large = (proof.evaluations[0] + curve.r, *proof.evaluations[1:])
        for verifier in (verifier_for(found, "native"), referee):
            assert not verifier.verify(kind(curve, proof.points, large), signals)


def test_numbers_that_snarkjs_reduces_are_refused(system: GateSystem) -> None:
    """snarkjs takes an evaluation + r and a coordinate + q for the numbers below the prime."""
    key = prover_cli.load_key(system.sample / "circuit.zkey")
    proof, _ = prover_cli.prove(key, witness_of(system.sample))
    for change in (system.number, system.point):
        value = proof.to_json()
        part = next(part for part in (value, *value.values()) if change in part)
        if change == system.point:
            part[change][0] = str(int(part[change][0]) + BN254.q)
        else:
            part[change] = str(int(part[change]) + BN254.r)
        with pytest.raises(prover_cli.Fault, match="is not below the field's prime"):
            system.of("proof", "Proof").from_json(value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"polynomials": None}, "polynomials is not a JSON object"),
        ({"evaluations": []}, "evaluations is not a JSON object"),
        ({"polynomials": {}}, "C1"),
        ({"evaluations": {}}, "ql"),
        ({"curve": "bls12381"}, "the proof is over bls12381, and FFLONK works over bn128 only"),
        ({"protocol": "plonk"}, "plonk, not fflonk"),
    ],
    ids=str,
)
def test_the_parts_of_an_fflonk_proof_are_looked_at(change: dict[str, object], says: str) -> None:
    key = prover_cli.load_key(FFLONK.sample / "circuit.zkey")
    proof, _ = prover_cli.prove(key, witness_of(FFLONK.sample))
    with pytest.raises(prover_cli.Fault) as caught:
        FFLONK.of("proof", "Proof").from_json(proof.to_json() | change)
    assert says in caught.value.message


def test_a_proof_that_names_no_protocol_is_refused(system: GateSystem) -> None:
    """snarkjs' first proofs, of Groth16, did not; others that do not are told so, and not that pi_a is
    missing."""
    key = json.loads((system.sample / "verification_key.json").read_text())
    proof, _ = prover_cli.prove(
        prover_cli.load_key(system.sample / "circuit.zkey"), witness_of(system.sample)
    )
    told = "does not name its protocol: groth16, plonk or fflonk"
    for read, value in ((proof_from_json, proof.to_json()), (verification_key_from_json, key)):
        del value["protocol"]
        with pytest.raises(prover_cli.Fault, match=told):
            read(value)


def test_points_outside_of_the_group_are_refused(circuits: Circuits) -> None:
    """snarkjs looks at the curve equation alone. BLS12-381 has a point of order 3 at x = 0."""
    folder = circuits["plonk", "bls12381"]
    key, witness = PLONK.mapped(folder), witness_of(folder)
    native = PLONK.native(key)
    proof = native.prove(witness, native.fresh_blinding(), 1)
    signals = witness.public_signals(1)
    outside = PLONK.of("proof", "Proof")(BLS12_381, ((0, 2), *proof.points[1:]), proof.evaluations)
    for engine in ("native", "reference"):
        verifier = verifier_for(key.verification_key, engine)
        assert verifier.verify(proof, signals)
        assert not verifier.verify(outside, signals)
    bad = replace(key.verification_key, commitments=((0, 2), *key.verification_key.commitments[1:]))
    for engine in ("native", "reference"):
        with pytest.raises(SetupFault, match="verification key, Qm: the point is not in the subgroup"):
            verifier_for(bad, engine)


def test_many_proofs_are_verified_together(system: GateSystem) -> None:
    key = system.mapped(system.sample)
    native = system.native(key)
    claims = []
    for number in range(8):
        witness = witness_of(system.sample, number)
        proof = native.prove(witness, native.fresh_blinding(), 1)
        claims.append((proof, witness.public_signals(2)))
    verifier = verifier_for(key.verification_key)
    assert verifier.verify_all(claims, 2) == [True] * 8
    found, others = key.verification_key, claims[4][1]
    claims[3] = (refitted(claims[3][0], found, others), others)
    claims[6] = (claims[6][0], (1,))
    assert verifier.verify_all(claims, 1) == [number not in (3, 6) for number in range(8)]
    assert verifier.verify_all([], 1) == []


def test_the_exported_key_and_calldata_are_those_of_snarkjs(
    system: GateSystem, run: Callable[..., Ran], snarkjs: Snarkjs, tmp_path: Path
) -> None:
    zkey = system.sample / "circuit.zkey"
    assert run("prove-batch", "key", "vkey", zkey, "-o", "ours.json").code == 0
    snarkjs("zkey", "export", "verificationkey", zkey, "theirs.json", cwd=tmp_path)
    assert (tmp_path / "ours.json").read_bytes() == (tmp_path / "theirs.json").read_bytes()
    assert run("prove-batch", system.sample / "inputs", "-q").code == 0
    names = [tmp_path / "proofs" / f"0003.{what}.json" for what in ("public", "proof")]
    theirs = snarkjs("zkey", "export", "soliditycalldata", *names).stdout
    assert run("prove-batch", "calldata", names[1]).out == theirs


def test_the_contract_of_snarkjs_accepts_our_proofs(
    system: GateSystem, run: Callable[..., Ran], snarkjs: Snarkjs, tmp_path: Path
) -> None:
    zkey = system.sample / "circuit.zkey"
    done = snarkjs("zkey", "export", "solidityverifier", zkey, "v.sol", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert run("prove-batch", system.sample / "witnesses", "-q", "--format", "calldata").code == 0
    calls = []
    for number in range(3):
        written = json.loads((tmp_path / "proofs" / f"000{number}.calldata.json").read_text())
        calls.append(written["abi"])
    calls.append(calls[0][:-64] + f"{7:064x}")  # another public signal
    ran = subprocess.run(
        ["node", ROOT / "tests" / "node" / "contract.mjs", tmp_path / "v.sol", system.contract, "warned"],
        input="\n".join(calls), capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert [json.loads(line)["holds"] for line in ran.stdout.splitlines()] == [True, True, True, False]


def test_what_a_system_does_not_have_is_refused_by_name(system: GateSystem, run: Callable[..., Ran]) -> None:
    zkey = system.sample / "circuit.zkey"
    for words in (
        ["prove-batch", system.sample / "inputs", "--format", "gnark"],
        ["prove-batch", system.sample / "inputs", "--format", "arkworks", "-q"],
        ["prove-batch", "key", "vkey", zkey, "--format", "gnark"],
    ):
        ran = run(*words)
        assert (ran.code, system.name in ran.err, "BAD_OPTION" in ran.err) == (2, True, True), (words, ran)
    ran = run("prove-batch", "key", "solidity", zkey)
    told = f"{system.name.upper()} contracts are not written here; snarkjs zkey export solidityverifier"
    assert (ran.code, told in ran.err) == (2, True), ran
    ran = run("prove-batch", "key", "prepare", zkey, "--r1cs", system.sample / "circuit.r1cs")
    assert (ran.code, f"is for {system.name.upper()}; leave it out" in ran.err) == (2, True), ran


def test_a_seed_repeats_a_proof_of_a_key_and_witness(system: GateSystem) -> None:
    witness, own = witness_of(system.sample), system.blinding
    sha256 = system.mapped(system.sample).sha256
    seed = secrets.token_bytes(32)
    one = own.seeded(seed, sha256, witness)
    assert one == own.seeded(seed, sha256, witness)
    assert len(set(one.factors)) == own.count and all(0 <= factor < BN254.r for factor in one.factors)
    others = [
        own.seeded(secrets.token_bytes(32), sha256, witness),
        own.seeded(seed, "00" * 32, witness),
        own.seeded(seed, sha256, witness_of(system.sample, 1)),
    ]
    assert not any(set(one.factors) & set(other.factors) for other in others)


def test_a_witness_file_with_sums_is_not_taken(system: GateSystem, tmp_path: Path) -> None:
    """The sums of a key's additions follow from a witness, and are not in it."""
    witness = witness_of(system.sample)
    (tmp_path / "w.wtns").write_bytes(
        write_witness(Witness(witness.curve, witness.values + bytes(witness.curve.n8r), 0))
    )
    key = prover_cli.load_key(system.sample / "circuit.zkey")
    with pytest.raises(JobFault, match="has 7 values, but the key has 6 signals"):
        prover_cli.prove(key, tmp_path / "w.wtns")
