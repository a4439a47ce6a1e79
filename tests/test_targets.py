"""Results for those who verify elsewhere: calldata, and binary that arkworks and gnark themselves read."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Literal

import pytest
from conftest import SAMPLES, Ran, needs_native
from hypothesis import given
from hypothesis import strategies as st

from prover_cli.formats.compressed import big, little
from prover_cli.formats.curves import BLS12_381, BN254, Curve
from prover_cli.systems.groth16.layout import parse_zkey

pytestmark = needs_native
Runner = Callable[..., Ran]

FOREIGN = Path(__file__).parent / "foreign"
ENDINGS = {
    "calldata": [".calldata.json"],
    "arkworks": [".proof.ark", ".public.ark"],
    "gnark": [".proof.gnark", ".public.gnark"],
}


@cache
def foreign(library: str) -> str:
    """The program of tests/foreign that reads with this library, built."""
    folder, tool = FOREIGN / library, {"arkworks": "cargo", "gnark": "go"}[library]
    if shutil.which(tool) is None:
        pytest.skip(f"needs {tool}, to build what reads with {library}")
    if tool == "cargo":
        build, program = ["cargo", "build", "-q", "--locked"], folder / "target/debug/foreign-arkworks"
    else:
        build, program = ["go", "build", "-o", "target/gnark", "."], folder / "target/gnark"
    # Go's own cache is beside the user's, which the tests do not see: all of gnark was compiled again.
    made = folder / "target"
    environment = os.environ | {"CARGO_TARGET_DIR": str(made), "GOCACHE": str(made / "cache")}
    subprocess.run(build, cwd=folder, env=environment, check=True, timeout=580)
    return str(program)


@pytest.mark.parametrize(("sample", "curve"), [("quartic", "bn128"), ("quartic-bls12381", "bls12381")])
@pytest.mark.parametrize("library", ["arkworks", "gnark"])
def test_the_library_itself_reads_and_verifies_what_is_written(
    run: Runner, tmp_path: Path, library: str, sample: str, curve: str
) -> None:
    program = foreign(library)
    circuit, vkey = SAMPLES / sample, tmp_path / "vkey"
    ran = run("prove-batch", circuit / "witnesses", "--key", circuit / "circuit.zkey", "--format", library)
    assert ran.code == 0
    assert (
        run("prove-batch", "key", "vkey", circuit / "circuit.zkey", "--format", library, "-o", vkey).code == 0
    )

    def says(proof: str, public: str) -> str:
        folder, (one, two) = tmp_path / "proofs", ENDINGS[library]
        told = subprocess.run(
            [program, curve, vkey, folder / f"{proof}{one}", folder / f"{public}{two}"],
            capture_output=True, text=True, timeout=600, check=True,
        )  # fmt: skip
        return told.stdout.splitlines()[-1]

    assert [says(f"{i:04}", f"{i:04}") for i in range(8)] == ["valid"] * 8
    assert says("0000", "0001") == "invalid"


@pytest.mark.parametrize("target", ENDINGS)
def test_files_and_lines_hold_the_same_and_the_run_keeps_them_in_step(
    run: Runner, tmp_path: Path, target: str
) -> None:
    def prove(*options: object, target: str | None = target, seed: tuple[str, ...] = ("--seed", "s")) -> Ran:
        sample = SAMPLES / "quartic"
        wanted = ("--format", target) if target else ()
        return run("prove-batch", sample / "witnesses", "--key", sample / "circuit.zkey",
                   *seed, *wanted, *options)  # fmt: skip

    assert prove().code == 0
    folder = tmp_path / "proofs"
    made = [folder / f"0000{ending}" for ending in ENDINGS[target]]
    lines = {line["id"]: line[target] for line in prove("-o", "-").lines}
    if target == "calldata":
        assert json.loads(made[0].read_text()) == lines["0000"]
        assert (
            run("prove-batch", "calldata", folder / "0000.proof.json").out
            == lines["0000"]["arguments"] + "\n"
        )
        assert (
            run("prove-batch", "calldata", folder / "0000.proof.json", "--abi").out
            == lines["0000"]["abi"] + "\n"
        )
    else:
        assert [path.read_bytes() for path in made] == [
            base64.b64decode(lines["0000"][name]) for name in ("proof", "public")
        ]

    assert prove("--check-fixtures", folder).code == 0
    made[0].write_bytes(b"another")
    differs = prove("--check-fixtures", folder)
    assert (differs.code, differs.err.count("[FIXTURE_DIFFERS]")) == (1, 1)

    # Only a run without a seed keeps its manifest, from which the next one goes on.
    assert prove(seed=()).code == 0
    assert "8 skipped" in prove("--resume", seed=()).err
    made[0].write_bytes(b"another")
    assert "1 proved, 7 skipped in " in prove("--resume", seed=()).err
    assert made[0].read_bytes() != b"another"

    # Proved anew without the format, they would be of another proof.
    assert prove(target=None, seed=()).code == 0
    assert not any(path.exists() for path in made)


def test_calldata_is_for_the_curve_of_the_contract(run: Runner, tmp_path: Path) -> None:
    sample = SAMPLES / "quartic-bls12381"
    ran = run("prove-batch", sample / "witnesses", "--key", sample / "circuit.zkey", "--format", "calldata")
    assert ran.code == 2
    assert "[CALLDATA_CURVE]" in ran.err
    assert not (tmp_path / "proofs").exists()


@given(st.sampled_from([BN254, BLS12_381]), st.data())
def test_compression_tells_a_point_from_its_opposite_and_keeps_x(curve: Curve, data: st.DataObject) -> None:
    coordinate = st.integers(0, curve.q - 1)
    x, y = data.draw(coordinate), data.draw(st.integers(1, curve.q - 1))
    mask = (1 << curve.q.bit_length()) - 1
    orders: tuple[tuple[Callable[[tuple[int, int], Curve], bytes], Literal["big", "little"]], ...]
    orders = ((big, "big"), (little, "little"))
    for compress, order in orders:
        one, other = compress((x, y), curve), compress((x, curve.q - y), curve)
        assert one != other
        for encoded in (one, other):
            assert int.from_bytes(encoded, order) & mask == x
        assert compress((0, 0), curve) not in (one, other)


@pytest.mark.parametrize("which", ["beta1", "delta1"])
def test_points_that_only_gnark_gets_are_checked_as_well(
    run: Callable[..., Ran], tmp_path: Path, quartic: Path, which: str
) -> None:
    """No verifier uses them."""
    data = bytearray((quartic / "circuit.zkey").read_bytes())
    layout = parse_zkey(bytes(data), "key")
    g1, g2 = layout.curve.g1_size, layout.curve.g2_size
    place = layout.header.offset + (g1 if which == "beta1" else 2 * g1 + 2 * g2)
    data[place : place + g1] = data[layout.header.offset : layout.header.offset + g1]  # α: on the curve
    (tmp_path / "bad.zkey").write_bytes(data)
    ran = run("prove-batch", "key", "vkey", "bad.zkey", "--format", "gnark", "-o", "vk")
    assert (ran.code, f"{which} in section 2 does not match {which[:-1]}2" in ran.err) == (2, True), ran.err
    assert run("prove-batch", "key", "vkey", "bad.zkey", "-o", "vk.json").code == 0
    assert (tmp_path / "vk.json").read_text() == (quartic / "verification_key.json").read_text().rstrip("\n")
