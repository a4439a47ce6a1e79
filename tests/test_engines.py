"""Two engines that share no arithmetic make the same proof, and everybody accepts it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from conftest import mapped, needs_native
from hypothesis import given, settings
from hypothesis import strategies as st

import prover_cli
from prover_cli.faults import JobFault, SetupFault
from prover_cli.formats.curves import BLS12_381, BN254, CURVES
from prover_cli.formats.wtns import Witness, parse_witness
from prover_cli.systems.choice import choose_engine
from prover_cli.systems.groth16.blinding import Blinding
from prover_cli.systems.groth16.proof import Proof
from prover_cli.systems.groth16.reference import ReferenceKey, ReferenceVerifier
from prover_cli.systems.groth16.verification_key import VerificationKey
from prover_cli.systems.own import own
from prover_cli.systems.registry import verifier_for


def witness_of(sample: Path, number: int = 0) -> Witness:
    path = sample / "witnesses" / f"{number:04}.wtns"
    return parse_witness(path.read_bytes(), path.name)


@needs_native
def test_the_same_blinding_gives_the_same_proof_in_both_engines(small_sample: Path) -> None:
    from prover_cli.systems.groth16.native import NativeKey

    key = mapped(small_sample)
    witness = witness_of(small_sample, 3)
    blinding = Blinding.fresh(key.layout.curve)
    native = NativeKey(key).prove(witness, blinding, threads=1)
    assert native == ReferenceKey(key).prove(witness, blinding, threads=1)
    assert native == NativeKey(key).prove(witness, blinding, threads=2)
    other = NativeKey(key).prove(witness, Blinding.fresh(key.layout.curve), threads=1)
    assert other != native


@needs_native
@pytest.mark.parametrize("edge", ["one and zero", "both largest"])
def test_blinding_at_the_edges_of_its_range_agrees(small_sample: Path, edge: str) -> None:
    from prover_cli.systems.groth16.native import NativeKey

    key = mapped(small_sample)
    r = key.layout.curve.r
    blinding = Blinding(1, 0) if edge == "one and zero" else Blinding(r - 1, r - 1)
    witness = witness_of(small_sample)
    native = NativeKey(key).prove(witness, blinding, 1)
    assert native == ReferenceKey(key).prove(witness, blinding, 1)
    assert prover_cli.verify(key.verification_key, native, witness.public_signals(key.layout.n_public))


@needs_native
def test_py_ecc_accepts_what_the_native_engine_proves(small_sample: Path) -> None:
    key = prover_cli.load_key(small_sample / "circuit.zkey", engine="native")
    proof, public = prover_cli.prove(key, small_sample / "witnesses" / "0001.wtns")
    referee = ReferenceVerifier(own(key.verification_key, VerificationKey))
    assert referee.verify(proof, public)
    assert not referee.verify(proof, (public[0] + 1, *public[1:]))


@needs_native
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_a_thousand_constraints_are_proved_with_any_number_of_threads(membership: Path, threads: int) -> None:
    key = prover_cli.load_key(membership / "circuit.zkey")
    proof, public = prover_cli.prove(key, membership / "witnesses" / "0002.wtns", threads=threads)
    assert prover_cli.verify(key, proof, public)


@needs_native
def test_the_quotient_of_a_real_circuit_agrees(membership: Path) -> None:
    """The reference engine needs minutes for a proof of this circuit, but not for the part that differs
    most between the two: here C0's H product is checked through a whole native proof, and the
    quotient's own values by the identity that defines them."""
    key = ReferenceKey(mapped(membership))
    r = key.layout.curve.r
    witness = witness_of(membership)
    scalars = list(witness.reduced(None))
    h = key.quotient(scalars)
    assert len(h) == key.layout.domain_size
    assert any(h)
    # Satisfied constraints make a·b − c vanish on the domain, so on the coset, where the vanishing
    # polynomial is the constant ω^n − 1 = −2, a·b − c has degree below 2n: its values are −2·quotient.
    bad = list(scalars)
    bad[-1] = (bad[-1] + 1) % r
    assert key.quotient(bad) != h


def test_reference_proofs_verify(quartic: Path) -> None:
    key = prover_cli.load_key(quartic / "circuit.zkey", engine="reference")
    proof, public = prover_cli.prove(key, quartic / "witnesses" / "0000.wtns")
    assert prover_cli.verify(key, proof, public)
    assert prover_cli.verify(VerificationKey.from_json(key.verification_key.to_json()), proof, public)


@pytest.mark.parametrize("engine", ["reference", pytest.param("native", marks=needs_native)])
def test_a_witness_that_breaks_a_constraint_is_refused(quartic: Path, engine: str) -> None:
    key = prover_cli.load_key(quartic / "circuit.zkey", engine=engine)
    witness = witness_of(quartic)
    values = bytearray(witness.values)
    values[-32:] = (12345).to_bytes(32, "little")
    with pytest.raises(JobFault) as caught:
        prover_cli.prove(key, Witness(witness.curve, bytes(values), witness.offset))
    assert caught.value.code == "WITNESS_UNSATISFIED"
    assert "12345" not in str(caught.value)


@pytest.mark.parametrize("engine", ["reference", pytest.param("native", marks=needs_native)])
@pytest.mark.parametrize("index", [1, 5])
def test_a_value_that_is_not_reduced_is_refused_by_place(quartic: Path, engine: str, index: int) -> None:
    key = prover_cli.load_key(quartic / "circuit.zkey", engine=engine)
    witness = witness_of(quartic)
    values = bytearray(witness.values)
    values[32 * index : 32 * (index + 1)] = BN254.r.to_bytes(32, "little")
    with pytest.raises(JobFault, match=f"value {index} at byte {witness.offset + 32 * index} ") as caught:
        prover_cli.prove(key, Witness(witness.curve, bytes(values), witness.offset))
    assert caught.value.code == "WITNESS_NOT_REDUCED"


@pytest.mark.parametrize("verifier", ["reference", pytest.param("native", marks=needs_native)])
def test_tampered_proofs_do_not_hold(small_sample: Path, verifier: str) -> None:
    from prover_cli.systems.registry import verifier_for

    key = prover_cli.load_key(small_sample / "circuit.zkey")
    made, public = prover_cli.prove(key, small_sample / "witnesses" / "0000.wtns")
    proof = own(made, Proof)
    curve = proof.curve
    check = verifier_for(key.verification_key, verifier)
    assert check.verify(proof, public)
    negated = (proof.a[0], curve.q - proof.a[1])
    wrong = [
        Proof(curve, negated, proof.b, proof.c),
        Proof(curve, (1, 1), proof.b, proof.c),
        Proof(curve, proof.c, proof.b, proof.a),
        Proof(curve, (0, 0), proof.b, proof.c),
    ]
    for one in wrong[:2] if verifier == "reference" else wrong:  # it takes seconds for each
        assert not check.verify(one, public)
    assert not check.verify(proof, public[:-1])
    assert not check.verify(proof, (*public, 0))
    assert not check.verify(proof, (public[0] + curve.r, *public[1:]))


@needs_native
def test_a_point_of_the_wrong_subgroup_is_seen_by_both_verifiers(quartic: Path) -> None:
    from prover_cli.systems.registry import verifier_for

    key = prover_cli.load_key(quartic / "circuit.zkey")
    made, public = prover_cli.prove(key, quartic / "witnesses" / "0000.wtns")
    proof, point = own(made, Proof), off_subgroup_g2()
    wrong = Proof(proof.curve, proof.a, point, proof.c)
    for engine in ("native", "reference"):
        assert not verifier_for(key.verification_key, engine).verify(wrong, public)


def off_subgroup_g2() -> tuple[tuple[int, int], tuple[int, int]]:
    """A point on BN254's twist outside the subgroup: the first small x for which y exists."""
    q = BN254.q

    def times(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
        return ((a[0] * b[0] - a[1] * b[1]) % q, (a[0] * b[1] + a[1] * b[0]) % q)

    def root(n: int) -> int | None:
        found = pow(n, (q + 1) // 4, q)
        return found if found * found % q == n % q else None

    for x0 in range(1, 200):
        x = (x0, 1)
        cube = times(times(x, x), x)
        c0, c1 = (cube[0] + BN254.b2[0]) % q, (cube[1] + BN254.b2[1]) % q
        norm = root(c0 * c0 + c1 * c1)
        if norm is None:
            continue
        for sign in (norm, -norm):
            y0 = root((c0 + sign) * pow(2, -1, q) % q)
            if y0:
                y = (y0, c1 * pow(2 * y0, -1, q) % q)
                if times(y, y) == (c0, c1):
                    return (x, y)
    raise AssertionError("a curve has many points")


@given(data=st.data())
@settings(max_examples=50)
def test_blinding_is_in_range_and_differs(data: st.DataObject) -> None:
    curve = data.draw(st.sampled_from(CURVES))
    first, second = Blinding.fresh(curve), Blinding.fresh(curve)
    for blinding in (first, second):
        assert 0 < blinding.r1 < curve.r
        assert 0 <= blinding.r2 < curve.r
    assert (first.r1, first.r2) != (second.r1, second.r2)
    assert str(first.r1) not in repr(first)


def test_without_the_extension_auto_falls_back_and_native_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "prover_cli._native", None)
    choice = choose_engine("auto")
    assert choice.engine == "reference"
    assert choice.slow_because
    with pytest.raises(SetupFault, match="Rust") as caught:
        choose_engine("native")
    assert caught.value.code == "ENGINE_MISSING"


def test_curve_constants_are_those_of_py_ecc() -> None:
    from py_ecc import optimized_bls12_381, optimized_bn128

    for curve, module in ((BN254, optimized_bn128), (BLS12_381, optimized_bls12_381)):
        assert curve.q == module.field_modulus
        assert curve.r == module.curve_order
        assert int(module.b) == curve.b
        assert tuple(int(c) for c in module.b2.coeffs) == curve.b2
        generator2 = [tuple(int(c) for c in part.coeffs) for part in module.normalize(module.G2)]
        assert tuple(generator2) == curve.generator2
        assert (curve.r - 1) % (1 << curve.two_adicity) == 0
        assert (curve.r - 1) >> curve.two_adicity & 1


@needs_native
@pytest.mark.parametrize("engine", ["native", "reference"])
def test_a_verification_key_with_a_point_at_infinity_is_refused(small_sample: Path, engine: str) -> None:
    """Its proofs could be forged. Only a point of IC may be there: a signal in no constraint has one."""
    good = mapped(small_sample).verification_key
    g1, g2 = (0, 0), ((0, 0), (0, 0))
    for name in ("alpha1", "beta2", "gamma2", "delta2"):
        at_infinity: dict[str, Any] = {name: g1 if name == "alpha1" else g2}
        bad = replace(good, **at_infinity)
        with pytest.raises(SetupFault, match=f"{name}: the point is at infinity"):
            verifier_for(bad, engine)
    verifier_for(replace(good, ic=(*good.ic[:-1], g1)), engine)


@needs_native
def test_the_extension_raises_an_exception_a_kind_with_its_facts(small_sample: Path) -> None:
    from prover_cli import _native
    from prover_cli.systems.groth16.native import NativeKey

    key = mapped(small_sample)
    curve, witness = key.layout.curve, witness_of(small_sample)
    own = NativeKey(key)._key
    size = curve.n8r
    factors = (1).to_bytes(size, "little"), (2).to_bytes(size, "little")

    def raised(kind: type[_native.NativeFault], call: Callable[[], object]) -> tuple[object, ...]:
        with pytest.raises(kind) as caught:
            call()
        assert isinstance(caught.value, _native.NativeFault)
        return tuple(caught.value.args)

    too_large = witness.values[: 2 * size] + curve.r.to_bytes(size, "little") + witness.values[3 * size :]
    assert raised(_native.NotReduced, lambda: own.prove(too_large, *factors, 1)) == (2,)
    assert raised(_native.Cancelled, lambda: own.prove(witness.values, *factors, 1, bytearray(b"\1"))) == ()
    (reason,) = raised(_native.Mismatch, lambda: own.prove(witness.values[size:], *factors, 1))
    assert reason == "the number of values in the witness differs from the key's"
    (reason,) = raised(_native.Mismatch, lambda: own.prove(witness.values, b"", b"", 1))
    assert reason == "a blinding factor is out of range"
    vkey = key.verification_key.to_bytes()
    for wrong in (b"", vkey[:-1]):
        raised(_native.Mismatch, partial(_native.Verifier, curve.name, wrong))
    off = bytes([vkey[0] ^ 1]) + vkey[1:]
    section, index, reason = raised(_native.CorruptEntry, lambda: _native.Verifier(curve.name, off))
    assert (section, index, reason) == (0, 0, "the point is not on its curve")
