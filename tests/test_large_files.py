"""Files of more than 4 GB, nearly all of which is a hole that takes no room on the disk."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import SAMPLES, Ran, needs_native
from test_parsers import section, sections

pytestmark = [needs_native, pytest.mark.slow]

Runner = Callable[..., Ran]
QUARTIC = SAMPLES / "quartic"
ENTRY = 44
"""Bytes of a coefficient over BN254: matrix, constraint, signal, value. If all are zero, it adds nothing."""


def stretched(path: Path) -> int:
    """The sample's key with so many zeros among its coefficients that the section, and where those after it
    begin, exceed 2^32. Gives the bytes of the zeros."""
    data = (QUARTIC / "circuit.zkey").read_bytes()
    start, length = section(data, 4)
    own = (length - 4) // ENTRY
    more = (1 << 32) // ENTRY + 1
    with path.open("wb") as file:
        file.write(data[:12])
        for number, at, size in sections(data):
            body = data[at + 8 : at + 8 + size]
            if number != 4:
                file.write(number.to_bytes(4, "little") + size.to_bytes(8, "little") + body)
                continue
            file.write(number.to_bytes(4, "little") + (size + more * ENTRY).to_bytes(8, "little"))
            file.write((own + more).to_bytes(4, "little") + body[4:])
            file.seek(more * ENTRY, 1)
    assert data[start : start + 4] == own.to_bytes(4, "little")
    return more * ENTRY


def test_a_key_with_a_section_of_more_than_4_gb_proves(run: Runner, tmp_path: Path) -> None:
    hole = stretched(tmp_path / "large.zkey")
    assert (tmp_path / "large.zkey").stat().st_size > 1 << 32
    witness = QUARTIC / "witnesses" / "0003.wtns"
    ran = run("prove-batch", "prove", "large.zkey", witness, "proof.json", "public.json")
    assert ran.code == 0, ran.err
    vkey = QUARTIC / "verification_key.json"
    assert run("prove-batch", "verify", vkey, "public.json", "proof.json").code == 0
    start, length = section((QUARTIC / "circuit.zkey").read_bytes(), 9)
    at = start + length - 64 + hole
    assert at > 1 << 32
    with (tmp_path / "large.zkey").open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))
    damaged = run("prove-batch", "prove", "large.zkey", witness, "p.json", "q.json")
    assert (damaged.code, f"section 9 (H), entry 7 at byte {at}:" in damaged.err) == (2, True), damaged.err


def test_a_witness_of_more_than_4_gb_is_refused_and_costs_no_other(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    shutil.copy(QUARTIC / "witnesses" / "0000.wtns", tmp_path / "in" / "good.wtns")
    data = (QUARTIC / "witnesses" / "0000.wtns").read_bytes()
    start, _ = section(data, 2)
    count = (1 << 32) // 32 + 6
    with (tmp_path / "in" / "large.wtns").open("wb") as file:
        file.write(data[: start - 12 - 4] + count.to_bytes(4, "little"))
        file.write((2).to_bytes(4, "little") + (32 * count).to_bytes(8, "little") + data[start:])
        file.truncate(start + 32 * count)
    ran = run("prove-batch", "in", "--key", QUARTIC / "circuit.zkey", "--summary", "s.json")
    assert ran.code == 1
    summary = json.loads((tmp_path / "s.json").read_text())
    (failure,) = summary["failures"]
    assert (failure["id"], failure["code"]) == ("large", "WITNESS_COUNT")
    assert f"has {start + 32 * count} bytes, but the 6 signals of the key" in failure["message"]
    assert (tmp_path / "proofs" / "good.proof.json").exists()
    assert "it is not a witness, or it is from a different circuit or version" in failure["message"]
    assert all(worker["restarts"] == 0 for worker in summary["workers"]), "it was not read"
    shutil.copy(QUARTIC / "witnesses" / "0001.wtns", tmp_path / "in" / "later.wtns")
    (tmp_path / "in" / "large.wtns").replace(tmp_path / "in" / "good.wtns")
    again = run("prove-batch", "in", "--key", QUARTIC / "circuit.zkey", "--resume", "--summary", "s.json")
    assert again.code == 1
    assert [one["code"] for one in json.loads((tmp_path / "s.json").read_text())["failures"]] == [
        "WITNESS_COUNT"
    ]
