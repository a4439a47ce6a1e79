"""`prove-batch verify`: nothing that was named, and no proof below a folder, is passed over in silence."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import SAMPLES, Ran, needs_native

QUARTIC, MEMBERSHIP = SAMPLES / "quartic", SAMPLES / "membership"
VKEY, KEY = QUARTIC / "verification_key.json", QUARTIC / "circuit.zkey"
Runner = Callable[..., Ran]

pytestmark = needs_native


@pytest.fixture
def proved(run: Runner, tmp_path: Path) -> Path:
    assert run("prove-batch", QUARTIC / "witnesses", "-q").code == 0
    return tmp_path / "proofs"


def place(proved: Path, identifier: str, target: Path) -> None:
    """Copies a proof's two files."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for ending in ("proof.json", "public.json"):
        shutil.copy(proved / f"{identifier}.{ending}", f"{target}.{ending}")


def refused(ran: Ran, code: str, says: str) -> None:
    assert (ran.code, f"[{code}]" in ran.err, says in ran.err) == (2, True, True), ran.err


def test_whatever_is_named_beside_a_folder_is_a_key_or_refused(run: Runner, proved: Path) -> None:
    refused(run("prove-batch", "verify", "proofs", VKEY, "nope.json"), "NO_PROOF", "nope.json does not exist")
    refused(run("prove-batch", "verify", "proofs", "nope"), "NO_PROOF", "nope does not exist")
    other = MEMBERSHIP / "verification_key.json"
    refused(run("prove-batch", "verify", "proofs", VKEY, other), "BAD_OPTION", "are both verification keys")
    keys = (KEY, MEMBERSHIP / "circuit.zkey")
    refused(run("prove-batch", "verify", "proofs", *keys), "BAD_OPTION", "are both proving keys")
    refused(run("prove-batch", "verify", "proofs", VKEY, "--vkey", VKEY), "OPTIONS_CONFLICT", "two verif")
    refused(run("prove-batch", "verify", "proofs", KEY, "--key", KEY), "OPTIONS_CONFLICT", "two proving keys")
    one = proved / "0000.public.json"
    refused(run("prove-batch", "verify", "proofs", VKEY, one), "BAD_OPTION", "give only a key")
    assert run("prove-batch", "verify", "proofs", KEY, VKEY).out == "8 proofs are valid\n"


def test_proofs_below_a_folder_are_verified_or_named(run: Runner, proved: Path) -> None:
    place(proved, "0001", proved / "deep" / "deeper" / "a")
    place(proved, "0002", proved / "deep" / "bad")
    shutil.copy(proved / "0003.public.json", proved / "deep" / "bad.public.json")
    (proved / "deep" / "half.proof.json").write_text('{"pi_a": [')
    for ending in ("proof.json", "public.json"):
        shutil.copy(proved / f"0004.{ending}", proved / "deep" / "deeper" / ending)
    (proved / "round").symlink_to(proved)
    ran = run("prove-batch", "verify", "proofs", "--vkey", VKEY)
    assert (ran.code, ran.out) == (1, "10 of 12 proofs are valid\n")
    told = sorted(line.partition(": ")[0] for line in ran.err.splitlines())
    assert told == ["deep/bad", "deep/half"], ran.err

    (proved / "broken.json").write_text("{")
    shutil.copy(proved / "0000.proof.json", proved / "deep" / "stray.json")
    (proved / "deep" / "lost.public.json").write_text('["1"]')
    run("prove-batch", QUARTIC / "witnesses", "-o", "proofs/lines.jsonl", "-q")
    ran = run("prove-batch", "verify", "proofs", "--vkey", VKEY, "--json")
    assert set(ran.lines[0]["not_checked"]) == {
        "proofs/broken.json", "proofs/deep/stray.json", "proofs/deep/lost.public.json", "proofs/lines.jsonl",
    }  # fmt: skip
    assert ran.err.count("warning: not checked: ") == 4, ran.err
    assert run("prove-batch", "verify", "proofs", "--vkey", VKEY, "-q").err == ""


def test_calldata_of_a_folder_has_all_proofs_below_it_too(run: Runner, proved: Path) -> None:
    place(proved, "0001", proved / "deep" / "a")
    (proved / "broken.json").write_text("{")
    ran = run("prove-batch", "calldata", "proofs")
    found = {line["id"]: line["calldata"] for line in ran.lines}
    assert (len(found), found["deep/a"]) == (9, found["0001"])
    assert "not checked: proofs/broken.json" in ran.err


def test_circuits_are_looked_for_whatever_is_verified(run: Runner, proved: Path, tmp_path: Path) -> None:
    one = proved / "0000.proof.json"
    refused(run("prove-batch", "verify", one, "--circuits", "nope"), "NO_CIRCUIT", "nope is")
    refused(run("prove-batch", "verify", one, "--circuits", SAMPLES), "NO_CIRCUIT", "several circuits")
    assert run("prove-batch", "verify", one, "--circuits", QUARTIC).code == 0
    for more in (("--vkey", VKEY), ("--key", KEY), (VKEY,)):
        for what in (one, proved):
            ran = run("prove-batch", "verify", what, *more, "--circuits", QUARTIC)
            refused(ran, "OPTIONS_CONFLICT", f"leave out {more[-1]}")
    assert run("prove-batch", "verify", "proofs", "--circuits", QUARTIC).code == 0

    for sample in (QUARTIC, MEMBERSHIP):
        for number in range(2):
            (tmp_path / "in" / sample.name).mkdir(parents=True, exist_ok=True)
            shutil.copy(sample / "witnesses" / f"{number:04}.wtns", tmp_path / "in" / sample.name)
    assert run("prove-batch", "in", "--circuits", SAMPLES, "-o", "two", "-q").code == 0
    ran = run("prove-batch", "verify", "two", "--circuits", SAMPLES)
    assert (ran.code, ran.out) == (0, "4 proofs are valid\n")
    assert run("prove-batch", "verify", "two/quartic/0000.proof.json", "--circuits", SAMPLES).code == 0
    place(proved, "0000", tmp_path / "two" / "stranger" / "below" / "a")
    ran = run("prove-batch", "verify", "two", "--circuits", SAMPLES)
    refused(ran, "NO_CIRCUIT", "two/stranger/below")
    (tmp_path / "two" / "stranger").rename(tmp_path / "two" / "quartic" / "more")
    assert run("prove-batch", "verify", "two", "--circuits", SAMPLES).out == "5 proofs are valid\n"
    place(proved, "0000", tmp_path / "two" / "a")
    refused(run("prove-batch", "verify", "two", "--circuits", SAMPLES), "NO_CIRCUIT", "the proofs in two;")


def test_a_file_of_results_is_verified_line_by_line(run: Runner, tmp_path: Path) -> None:
    sources = [*(QUARTIC / "witnesses").glob("000[01].wtns"), "bad.wtns"]
    (tmp_path / "bad.wtns").write_bytes(b"")
    run("prove-batch", *sources, "-o", "results.jsonl", "-q", "--key", KEY)
    ran = run("prove-batch", "verify", "results.jsonl", "--vkey", VKEY)
    assert (ran.code, ran.out) == (0, "2 proofs are valid; 1 line has no proof, from failed jobs\n")

    lines = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    good = next(line for line in lines if line["success"])
    other = {"success": True, "proof": good["proof"], "publicSignals": ["7", good["publicSignals"][1]]}
    more = [other | {"id": "wrong"}, other, {"success": True, "id": "without"}]
    text = "\n".join([*map(json.dumps, [*lines, *more]), "{", "", "7"])
    (tmp_path / "more.jsonl").write_text(text)
    ran = run("prove-batch", "verify", "more.jsonl", "--vkey", VKEY, "--json")
    assert ran.code == 1
    found = ran.lines[0]
    assert (found["verified"], found["failed"], found["without_proof"]) == (2, 5, 1)
    assert [one["id"] for one in found["failures"]] == ["wrong", "line 5", "without", "line 7", "line 9"]

    named = [good | {"circuitId": name} for name in ("quartic", "membership", "gone")]
    (tmp_path / "named.jsonl").write_text("\n".join(map(json.dumps, named)))
    ran = run("prove-batch", "verify", "named.jsonl", "--circuits", SAMPLES)
    assert (ran.code, ran.out) == (1, "1 of 3 proofs are valid\n")
    assert "no key for its circuit" in ran.err


def test_lines_that_are_no_results_are_told_as_such(run: Runner, proved: Path, tmp_path: Path) -> None:
    ran = run("prove-batch", "verify", "proofs/manifest.jsonl", "--vkey", VKEY)
    refused(ran, "NO_PROOF", "does not contain results")
    (tmp_path / "empty.jsonl").write_bytes(b"")
    refused(run("prove-batch", "verify", "empty.jsonl", "--vkey", VKEY), "NO_PROOF", "is empty")
    refused(run("prove-batch", "verify", "gone.jsonl", "--vkey", VKEY), "FILE_UNREADABLE", "No such file")
