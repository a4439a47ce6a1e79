"""JSON lines: gzip, damage, length, and the documentation's examples with jq."""

import gzip
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import SAMPLES, Ran, command, needs_native
from documentation import DOCS, examples

from prover_cli.faults import JobFault
from prover_cli.formats.curves import BN254
from prover_cli.formats.wtns import witness_from_numbers
from prover_cli.intake import lines, streams
from prover_cli.stop import Stop

pytestmark = needs_native
Runner = Callable[..., Ran]

KEY = SAMPLES / "quartic" / "circuit.zkey"
W0 = SAMPLES / "quartic" / "witnesses" / "0000.wtns"


@pytest.mark.parametrize("where", ["stdin", "file"])
def test_gzip_is_known_by_its_first_bytes_and_damage_costs_only_what_comes_after(
    run: Runner, tmp_path: Path, where: str
) -> None:
    line = json.dumps({"witness": str(W0)}).encode() + b"\r\n"
    two_members = gzip.compress(line * 2) + gzip.compress(line) + bytes(512)

    def prove(data: bytes) -> list[dict[str, Any]]:
        (tmp_path / "j.jsonl.gz").write_bytes(data)
        given = (["-"], data) if where == "stdin" else (["j.jsonl.gz"], None)
        return run("prove-batch", *given[0], "-o", "-", "--key", KEY, "--ordered", "-q", stdin=given[1]).lines

    prefix = "" if where == "stdin" else "j-"
    assert [(one["id"], one["success"]) for one in prove(two_members)] == [
        (f"{prefix}{number:06}", True) for number in (1, 2, 3)
    ]
    for data in (two_members[: len(gzip.compress(line * 2)) + 20], gzip.compress(line * 2) + b"no gzip"):
        *good, bad = prove(data)
        assert [one["success"] for one in good] == [True, True]
        assert (bad["id"], bad["error"]["code"]) == (f"{prefix}000003", "GZIP_DAMAGED")


def test_a_line_that_is_too_long_is_skipped_and_the_next_is_proved(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(lines, "MAX_LINE", 1_000_000)
    path = tmp_path / "long"
    path.write_bytes(b"x" * 5_000_000 + b"\nshort\n" + b"y" * 2_000_000)
    for packed in (False, True):
        if packed:
            path.write_bytes(gzip.compress(path.read_bytes()))
        first, short, last = lines.read_lines(streams.chunks(path, Stop()))
        assert short == b"short"
        for bad in (first, last):
            assert isinstance(bad, lines.BadLine)
            assert bad.code == "LINE_TOO_LONG"


def test_the_examples_with_jq_do_what_they_say(tmp_path: Path) -> None:
    if shutil.which("jq") is None:
        pytest.skip("needs jq")
    (example,) = (one.text for one in examples(DOCS / "runs.md") if one.language == "sh")
    sample = SAMPLES / "membership"
    for name in ("circuit.zkey", "circuit.wasm"):
        (tmp_path / name).symlink_to(sample / name)
    shutil.copytree(sample / "inputs", tmp_path / "inputs")
    signals = json.loads((sample / "inputs" / "0000.json").read_text())
    (tmp_path / "inputs" / "bad.json").write_text(json.dumps(signals | {"secret": None}))
    requests = [{"order": 7, "user": "ann", "signals": signals}]
    (tmp_path / "requests.json").write_text(json.dumps({"requests": requests}))
    path = f"{Path(command('prove-batch')).parent}:{os.environ['PATH']}"
    ran = subprocess.run(
        ["sh", "-euc", example], cwd=tmp_path, env=os.environ | {"PATH": path}, capture_output=True,
        text=True, timeout=600, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    proved = [
        json.loads(line) for line in gzip.decompress((tmp_path / "proved.jsonl.gz").read_bytes()).splitlines()
    ]
    assert sorted(line["id"] for line in proved) == [f"{i:04}" for i in range(8)]
    assert all(set(line) == {"id", "proof", "publicSignals"} for line in proved)
    assert re.fullmatch(r"bad: .*secret.* \[INPUT_VALUE\]\n", (tmp_path / "failed.txt").read_text())
    assert (tmp_path / "again" / "manifest.jsonl").read_text().count('"failed"') == 1
    assert json.loads((tmp_path / "answers.jsonl").read_text())["user"] == "ann"


def test_a_file_of_another_kind_is_told_once_whatever_its_name(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 3\n")
    shutil.copy(SAMPLES / "quartic" / "circuit.zkey", tmp_path / "b.jsonl")
    ran = run("prove-batch", "a.jsonl", "b.jsonl", "--key", SAMPLES / "quartic" / "circuit.zkey", "-o", "-")
    told = {line["id"]: line["error"]["message"] for line in ran.lines}
    assert told == {
        "a-000001": "line 1 begins a file without lines: it is a pointer of Git LFS: fetch the file itself "
        "with git lfs pull",
        "b-000001": "line 1 begins a file without lines: it is a proving key (.zkey)",
    }


def test_a_number_of_any_length_is_judged_as_a_number() -> None:
    with pytest.raises(JobFault) as caught:
        witness_from_numbers(["1", "9" * 5000], BN254)
    assert caught.value.code == "WITNESS_NOT_REDUCED"
    assert witness_from_numbers(["1", "0" * 5000 + "7"], BN254).count == 2
