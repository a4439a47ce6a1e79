"""Parsers trust nothing: whatever is done to a file ends in a fault that says where, never in a crash,
a hang, or memory beyond the file's size."""

import json
import random
import tracemalloc
from pathlib import Path

import pytest
from conftest import SAMPLES, needs_native
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plantings import Key, plant

from prover_cli.faults import Fault, JobFault, SetupFault
from prover_cli.formats.curves import BLS12_381, BN254, Curve
from prover_cli.formats.wtns import check_witness, parse_witness, witness_from_numbers, write_witness
from prover_cli.systems.constraints import Constraints
from prover_cli.systems.groth16.layout import parse_zkey
from prover_cli.systems.groth16.mapped import MappedKey
from prover_cli.systems.groth16.proof import Proof
from prover_cli.systems.groth16.verification_key import VerificationKey

KEY = (SAMPLES / "quartic" / "circuit.zkey").read_bytes()
R1CS = (SAMPLES / "quartic" / "circuit.r1cs").read_bytes()
BLS_KEY = (SAMPLES / "quartic-bls12381" / "circuit.zkey").read_bytes()
WITNESS = (SAMPLES / "quartic" / "witnesses" / "0000.wtns").read_bytes()


def sections(data: bytes) -> list[tuple[int, int, int]]:
    """Id, offset of the length field and length of each section."""
    found, at = [], 12
    for _ in range(int.from_bytes(data[8:12], "little")):
        length = int.from_bytes(data[at + 4 : at + 12], "little")
        found.append((int.from_bytes(data[at : at + 4], "little"), at + 4, length))
        at += 12 + length
    return found


def section(data: bytes, wanted: int) -> tuple[int, int]:
    """Offset and length of a section's data."""
    return next((at + 8, length) for number, at, length in sections(data) if number == wanted)


def patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """The file truncated, with bits flipped, a section resized, an integer changed, or bytes added."""
    kind = draw(st.sampled_from(["truncate", "flip", "resize", "u32", "append", "count"]))
    if kind == "truncate":
        return data[: draw(st.integers(0, len(data) - 1))]
    if kind == "append":
        return data + draw(st.binary(min_size=1, max_size=64))
    if kind == "count":
        return patched(data, 8, draw(st.integers(0, 2**32 - 1)).to_bytes(4, "little"))
    if kind == "resize":
        _, at, length = draw(st.sampled_from(sections(data)))
        new = draw(st.one_of(st.integers(0, 2**64 - 1), st.integers(max(0, length - 64), length + 64)))
        return patched(data, at, new.to_bytes(8, "little"))
    if kind == "u32":
        at = draw(st.integers(0, len(data) - 4))
        return patched(data, at, draw(st.integers(0, 2**32 - 1)).to_bytes(4, "little"))
    result = bytearray(data)
    for at in draw(st.lists(st.integers(0, len(data) - 1), min_size=1, max_size=8)):
        result[at] ^= 1 << draw(st.integers(0, 7))
    return bytes(result)


@given(damaged(WITNESS))
@settings(max_examples=300)
def test_a_damaged_witness_is_refused_or_still_whole(data: bytes) -> None:
    tracemalloc.start()
    try:
        witness = parse_witness(data, "w")
        check_witness(witness, BN254, 6, "w")
        assert write_witness(witness) == data, "what is taken is read in full"
    except JobFault as fault:
        assert fault.code.startswith("WITNESS_")
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 4 * len(WITNESS) + 200_000


@pytest.mark.parametrize("original", [KEY, BLS_KEY], ids=["bn128", "bls12381"])
@given(data=st.data())
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_key_is_refused_or_has_sound_lengths(original: bytes, data: st.DataObject) -> None:
    key = data.draw(damaged(original))
    tracemalloc.start()
    try:
        layout = parse_zkey(key, "k")
        for part in (layout.ic, layout.coefficients, layout.a, layout.b2, layout.c, layout.h):
            assert 0 <= part.offset <= part.end <= len(key)
    except SetupFault as fault:
        assert fault.code.startswith("KEY_")
        assert "key k: " in fault.message
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 300_000


@pytest.mark.parametrize("arithmetic", ["reference", pytest.param("native", marks=needs_native)])
@given(data=damaged(R1CS))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_constraints_are_refused_or_evaluated(data: bytes, arithmetic: str, tmp_path: Path) -> None:
    path = tmp_path / "damaged.r1cs"
    path.write_bytes(data)
    witness = parse_witness(WITNESS, "w")
    try:
        constraints = Constraints(path)
        if constraints.layout.n_wires == witness.count and constraints.layout.curve is BN254:
            check = constraints.broken if arithmetic == "native" else constraints.broken_by_reference
            broken = check(witness, 3)
            assert broken == sorted(broken)
            assert all(0 <= index < constraints.layout.n_constraints for index in broken)
    except SetupFault as fault:
        assert fault.code.startswith("R1CS_")
        assert str(path) in fault.message


@needs_native
@pytest.mark.parametrize("original", [KEY, BLS_KEY], ids=["bn128", "bls12381"])
@given(data=st.data())
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_native_engine_survives_any_damaged_key(
    original: bytes, data: st.DataObject, tmp_path: Path
) -> None:
    """Unvalidated, as if the file had changed after it was checked: a fault or a wrong proof, no crash."""
    from prover_cli.systems.groth16.blinding import Blinding
    from prover_cli.systems.groth16.native import NativeKey

    sample = "quartic" if original is KEY else "quartic-bls12381"
    witness = parse_witness((SAMPLES / sample / "witnesses" / "0000.wtns").read_bytes(), "w")
    path = tmp_path / "damaged.zkey"
    path.write_bytes(data.draw(damaged(original)))
    try:
        key = NativeKey(MappedKey(path))
        if key.layout.n_vars == witness.count and key.layout.domain_size <= 1 << 12:
            key.prove(witness, Blinding(5, 7), 1)
        for part in (4, 5, 7, 8, 9):
            key.check(part, 0, 1 << 20, 1)
    except Fault as fault:
        assert fault.code in {
            "KEY_TRUNCATED", "KEY_CORRUPT", "KEY_PROTOCOL", "KEY_CURVE", "ENGINE_FAILED",
        }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        (lambda d: d[:1000], "KEY_TRUNCATED", "ends at byte 1000"),
        (lambda d: d[:5], "KEY_TRUNCATED", "5 bytes"),
        (lambda d: b"", "KEY_TRUNCATED", "it is empty"),
        (lambda d: b"wtns" + d[4:], "KEY_CORRUPT", "it is a witness (.wtns); pass a .zkey"),
        (lambda d: patched(d, 4, b"\x09"), "KEY_CORRUPT", "version at byte 4 is 9"),
        (lambda d: patched(d, section(d, 1)[0], b"\x02"), "KEY_PROTOCOL", "plonk"),
        (lambda d: patched(d, section(d, 1)[0], b"\x0a"), "KEY_PROTOCOL", "fflonk"),
        (lambda d: patched(d, section(d, 2)[0] + 4, b"\x00"), "KEY_CURVE", "section 2"),
        (lambda d: d + b"x", "KEY_CORRUPT", "1 extra byte after the last section"),
    ],
)
def test_what_is_wrong_with_a_key_is_said_by_place(change: object, code: str, says: str) -> None:
    with pytest.raises(SetupFault) as caught:
        parse_zkey(change(KEY), "bad.zkey")  # type: ignore[operator]
    assert caught.value.code == code
    assert says in caught.value.message
    assert "bad.zkey" in caught.value.message


@pytest.mark.parametrize(
    "engine", ["reference", pytest.param("native", marks=needs_native)], ids=["reference", "native"]
)
@pytest.mark.parametrize(
    ("number", "entry_size", "says"),
    [
        (4, 44, "section 4"),
        (5, 64, "section 5"),
        (6, 64, "section 6"),
        (7, 128, "section 7"),
        (8, 64, "section 8"),
        (9, 64, "section 9"),
    ],
)
def test_every_bad_entry_of_a_key_is_found(
    tmp_path: Path, engine: str, number: int, entry_size: int, says: str
) -> None:
    from prover_cli.systems.choice import choose_engine
    from prover_cli.systems.registry import engine_for

    offset, length = section(KEY, number)
    # The last entry, its last byte: a coefficient or coordinate past the prime.
    at = offset + length - 1
    path = tmp_path / "bad.zkey"
    path.write_bytes(patched(KEY, at, b"\xff"))
    mapped = MappedKey(path)
    opened = engine_for("groth16", choose_engine(engine).engine).open(mapped)
    with pytest.raises(SetupFault) as caught:
        opened.ensure_valid()
    assert caught.value.code == "KEY_CORRUPT"
    assert says in caught.value.message
    assert f"at byte {offset + length - entry_size}" in caught.value.message
    # A point that is on no curve, reduced coordinates.
    if number != 4:
        path.write_bytes(
            patched(KEY, offset + length - entry_size, bytes([KEY[offset + length - entry_size] ^ 1]))
        )
        mapped = MappedKey(path)
        with pytest.raises(SetupFault, match="not on its curve"):
            engine_for("groth16", choose_engine(engine).engine).open(mapped).ensure_valid()


@pytest.mark.parametrize("engine", ["reference", pytest.param("native", marks=needs_native)])
def test_a_point_outside_the_subgroup_is_found(tmp_path: Path, engine: str) -> None:
    from test_engines import off_subgroup_g2

    from prover_cli.systems.choice import choose_engine
    from prover_cli.systems.registry import engine_for

    x, y = off_subgroup_g2()
    image = b"".join((c * (1 << 256) % BN254.q).to_bytes(32, "little") for c in (*x, *y))
    offset, _ = section(KEY, 7)
    path = tmp_path / "bad.zkey"
    path.write_bytes(patched(KEY, offset + 128, image))
    mapped = MappedKey(path)
    with pytest.raises(SetupFault, match=r"entry 1 .*not in the subgroup"):
        engine_for("groth16", choose_engine(engine).engine).open(mapped).ensure_valid()


def test_a_validated_key_is_remembered_and_a_changed_one_is_not(tmp_path: Path) -> None:
    from prover_cli.systems.choice import choose_engine
    from prover_cli.systems.groth16.validation import is_known_valid
    from prover_cli.systems.registry import engine_for

    path = tmp_path / "good.zkey"
    path.write_bytes(KEY)
    mapped = MappedKey(path)
    seen: list[tuple[int, int]] = []
    engine_for("groth16", choose_engine("auto").engine).open(mapped).ensure_valid(
        progress=lambda d, t: seen.append((d, t))
    )
    assert is_known_valid(mapped)
    other = tmp_path / "other.zkey"
    other.write_bytes(patched(KEY, len(KEY) - 1, bytes([KEY[-1] ^ 1])))
    assert not is_known_valid(MappedKey(other))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: d[: len(d) // 2], "WITNESS_TRUNCATED"),
        (lambda d: b"", "WITNESS_TRUNCATED"),
        (lambda d: b"zkey" + d[4:], "WITNESS_CORRUPT"),
        (lambda d: patched(d, section(d, 1)[0] + 4, b"\x07"), "WITNESS_CURVE"),
        (lambda d: patched(d, section(d, 1)[0] + 36, b"\x08"), "WITNESS_CORRUPT"),
        (lambda d: patched(d, section(d, 1)[0], b"\xff\xff\xff\xff"), "WITNESS_CORRUPT"),
        (lambda d: patched(d, section(d, 2)[0], b"\x02"), "WITNESS_FIRST_SIGNAL"),
    ],
)
def test_what_is_wrong_with_a_witness_is_said(change: object, code: str) -> None:
    with pytest.raises(JobFault) as caught:
        witness = parse_witness(change(WITNESS), "w.wtns")  # type: ignore[operator]
        check_witness(witness, BN254, 6, "w.wtns")
    assert caught.value.code == code


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
        lambda c: st.lists(c) | st.dictionaries(st.text(), c),
    )
)
@settings(max_examples=100)
def test_any_json_is_a_fault_or_a_proof(value: object) -> None:
    for parse in (Proof.from_json, VerificationKey.from_json):
        with pytest.raises(Fault):
            parse(value)


def test_damaged_fields_of_json_files_are_named() -> None:
    good = json.loads((SAMPLES / "quartic" / "verification_key.json").read_text())
    VerificationKey.from_json(good)
    for name, wrong, says in (
        ("vk_alpha_1", ["1", "1", "1"], "vk_alpha_1 is not on the curve"),
        ("vk_beta_2", [["1", "1"], ["1", "1"], ["1", "0"]], "vk_beta_2 is not on the curve"),
        ("vk_alpha_1", [str(BN254.q), "2", "1"], "vk_alpha_1[0] is not below"),
        ("vk_alpha_1", [1.5, 2, 1], "vk_alpha_1[0] is not a string of digits"),
        ("vk_alpha_1", [True, "2", "1"], "vk_alpha_1[0] is not a string of digits"),
        ("vk_alpha_1", [-1, 2, 1], "vk_alpha_1[0] is negative"),
        ("vk_alpha_1", ["0xg", "2"], "vk_alpha_1[0] is not a string of digits"),
        ("vk_alpha_1", ["1"], "vk_alpha_1 is not a list of 2 or 3"),
        ("vk_alpha_1", ["1", "2", "3"], "vk_alpha_1 is not affine"),
        ("IC", [], "IC is not a list"),
        ("nPublic", 9, "nPublic"),
        ("nPublic", "9", "nPublic"),
        ("protocol", "plonk", "plonk"),
        ("curve", "secp256k1", "secp256k1"),
    ):
        with pytest.raises(Fault) as caught:
            VerificationKey.from_json(good | {name: wrong})
        assert says in caught.value.message


@given(st.lists(st.integers(0, BN254.r - 1), min_size=1, max_size=9))
def test_numbers_make_the_witness_they_stand_for(values: list[int]) -> None:
    witness = witness_from_numbers([str(v) for v in values], BN254)
    assert parse_witness(write_witness(witness), "w").values == witness.values
    assert witness.public_signals(len(values) - 1) == tuple(values[1:])


@pytest.mark.parametrize("bad", [["1", str(BN254.r)], ["1", "-3"], ["1", "0x10"], ["1", 5], ["1", "9" * 300]])
def test_bad_numbers_are_told_by_index_never_by_value(bad: list[str]) -> None:
    with pytest.raises(JobFault, match="value 1 ") as caught:
        witness_from_numbers(bad, BN254)
    assert str(bad[1])[:20] not in caught.value.message or len(str(bad[1])) < 3


@needs_native
@pytest.mark.slow
@pytest.mark.parametrize("curve", [BN254, BLS12_381], ids=lambda curve: curve.name)
def test_what_is_planted_into_a_key_is_found_at_its_place(curve: Curve) -> None:
    key = Key(curve)
    kinds = list(key.kinds())
    assert len(kinds) == {"bn128": 17, "bls12381": 22}[curve.name]
    for kind in kinds:
        assert plant(key, kind, 4, random.Random(22)) == (4, 4), kind.name
