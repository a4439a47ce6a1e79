"""Standard streams that are closed or full, and pipes in the place of files."""

import json
import os
import shlex
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from calculators import endless
from conftest import SAMPLES, Ran, command, needs_native, wait_for

pytestmark = needs_native

QUARTIC = SAMPLES / "quartic"
KEY = QUARTIC / "circuit.zkey"
W0 = QUARTIC / "witnesses" / "0000.wtns"
PROVE = f"{command('prove-batch')} {QUARTIC / 'witnesses'} --key {KEY} -qq"


def shell(text: str, cwd: Path, stdin: bytes | None = None) -> Ran:
    """What bash makes of a line."""
    done = subprocess.run(
        ["bash", "-c", text], cwd=cwd, capture_output=True, timeout=600, input=stdin, check=False
    )
    assert b"Traceback" not in done.stderr
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        (f"{PROVE} <&-", 0, ""),
        (f"{PROVE} 2>&-", 0, ""),
        (f"{PROVE} <&- >&- 2>&-", 0, ""),
        (f"{command('prove-batch')} --key {KEY} <&-", 2, "[NO_SOURCE]"),
        (f"{command('prove-batch')} - --key {KEY} <&-", 2, "standard input is closed"),
        (f"{command('prove-batch')} witness - --wasm {QUARTIC} <&-", 2, "standard input is closed"),
        (f"{PROVE} -o - >&-", 2, "standard output is closed"),
        (f"{PROVE} --summary - >&-", 2, "standard output is closed"),
        (f"{PROVE} -o - >/dev/full", 3, "cannot write standard output: No space left on device [DISK_FULL]"),
        (f"{PROVE} --summary - >/dev/full", 3, "[DISK_FULL]"),
        (f"{command('prove-batch')} plan >/dev/full", 3, "[DISK_FULL]"),
        (
            f"{command('prove-batch')} plan >&-",
            3,
            "cannot write standard output: it is closed [OUTPUT_NOT_WRITABLE]",
        ),
        (f"{command('prove-batch')} key vkey {KEY} >/dev/full", 3, "[DISK_FULL]"),
        (f"{command('prove-batch')} --help >/dev/full", 3, "[DISK_FULL]"),
        (f"{command('prove-batch')} doctor <&- >&- 2>&-", 3, ""),
        (f"{command('prove-batch')} none --key {KEY} 2>&-", 2, ""),
        (f"{command('prove-batch')} none --key {KEY} 2>/dev/full", 2, ""),
        (f"{command('prove-batch')} plan --workers none 2>/dev/full", 2, ""),
        (f"{PROVE} -v 2>/dev/full", 0, ""),
        (f"{command('prove-batch')} key vkey {KEY} -o /dev/full", 3, "[DISK_FULL]"),
        (
            f"{PROVE} -o /dev/stdout",
            2,
            "it is not a folder; choose another folder with -o DIR, or -o -",
        ),
        (f"{PROVE} -o ''", 2, "-o is empty"),
    ],
)
def test_a_stream_that_is_closed_or_full_is_told_in_one_sentence(
    tmp_path: Path, line: str, code: int, says: str
) -> None:
    ran = shell(line, tmp_path)
    assert (ran.code, says in ran.err) == (code, True), ran.err
    assert "INTERNAL" not in ran.err
    assert len(ran.err.splitlines()) <= 1


def test_a_closed_number_is_not_given_to_another_file(tmp_path: Path) -> None:
    """Otherwise what goes to standard output would be written into the manifest, or a key."""
    assert shell(f"{PROVE} <&- >&- 2>&-", tmp_path).code == 0
    lines = (tmp_path / "proofs" / "manifest.jsonl").read_text().splitlines()
    assert [json.loads(line)["outcome"] for line in lines] == ["proved"] * 8


# ---- pipes


def test_what_the_shell_substitutes_is_read_by_the_main_process(tmp_path: Path) -> None:
    w1 = QUARTIC / "witnesses" / "0001.wtns"
    ran = shell(f"{command('prove-batch')} <(cat {W0}) <(cat {w1}) --key {KEY} -o - --ordered", tmp_path)
    assert (ran.code, [line["success"] for line in ran.lines]) == (0, [True, True]), ran.err
    lines = shlex.quote(json.dumps({"id": "a", "witness": str(W0)}))
    ran = shell(f"{command('prove-batch')} <(echo {lines}; echo {lines}) --key {KEY} -o - -qq", tmp_path)
    assert (ran.code, [line["id"] for line in ran.lines]) == (0, ["a", "a"]), ran.err
    ran = shell(f"{command('prove-batch')} /dev/fd/7 --key {KEY} -o - 7<{W0}", tmp_path)
    assert (ran.code, ran.lines[0]["success"]) == (0, True), ran.err
    ran = shell(f"{command('prove-batch')} witness /dev/stdin --wasm {QUARTIC}", tmp_path,
                (QUARTIC / "inputs" / "0000.json").read_bytes())  # fmt: skip
    assert (ran.code, (tmp_path / "witnesses" / "stdin.wtns").read_bytes()) == (0, W0.read_bytes()), ran.err


def test_named_pipes_that_are_sources_are_read_and_others_are_refused(tmp_path: Path) -> None:
    for name in ("a.wtns", "b.json", "c.jsonl", "in/d.wtns", "in/e.json", "f.wtns"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        os.mkfifo(tmp_path / name)
    (tmp_path / "in" / "good.wtns").write_bytes(W0.read_bytes())
    contents = {
        "a.wtns": W0.read_bytes(),
        "b.json": (QUARTIC / "inputs" / "0001.json").read_bytes(),
        "c.jsonl": b'{"id": "c", "witness": "f.wtns"}\n',
    }
    writers = [
        threading.Thread(target=(tmp_path / name).write_bytes, args=(data,))
        for name, data in contents.items()
    ]
    for writer in writers:
        writer.start()
    ran = shell(f"{command('prove-batch')} a.wtns b.json c.jsonl in --key {KEY} -o -", tmp_path)
    for writer in writers:
        writer.join()
    told = {line["id"]: line for line in ran.lines}
    assert {name for name, line in told.items() if line["success"]} == {"a", "b", "good"}
    for name, code in (("c", "WITNESS"), ("d", "WITNESS"), ("e", "INPUT")):
        assert told[name]["error"]["code"] == f"{code}_UNREADABLE"
        assert "it is a pipe" in told[name]["error"]["message"]


@pytest.mark.parametrize("which", ["--key", "--report", "config", "r1cs", "sym", "wasm"])
def test_a_pipe_in_the_place_of_a_companion_never_hangs(tmp_path: Path, which: str) -> None:
    (tmp_path / "circuit.zkey").write_bytes(KEY.read_bytes())
    (tmp_path / "circuit.wasm").write_bytes((QUARTIC / "circuit.wasm").read_bytes())
    inputs = QUARTIC / "inputs"
    line = f"{command('prove-batch')} {inputs} --key circuit.zkey -qq --summary -"
    if which == "--key":
        (tmp_path / "circuit.zkey").unlink()
        os.mkfifo(tmp_path / "circuit.zkey")
        expected = (2, "it is a pipe")
    elif which == "config":
        os.mkfifo(tmp_path / "prove-batch.toml")
        expected = (2, "it is a pipe")
    elif which == "--report":
        os.mkfifo(tmp_path / "r.html")
        line += " --report r.html"
        expected = (3, "cannot write r.html")
    else:
        (tmp_path / f"circuit.{which}").unlink(missing_ok=True)
        os.mkfifo(tmp_path / f"circuit.{which}")
        expected = {"wasm": (2, "it is a pipe"), "sym": (1, ""), "r1cs": (0, "")}[which]
    ran = shell(line, tmp_path)
    assert ran.code == expected[0], ran.err
    for words in ("check W --r1cs circuit.r1cs", "witness I --wasm circuit.wasm") if which != "--key" else ():
        if words.endswith(which):
            given = words.replace("W", str(W0)).replace("I", str(inputs))
            assert "it is a pipe" in shell(f"{command('prove-batch')} {given}", tmp_path).err
    assert expected[1] in ran.err
    if ran.code == 1:
        failures = json.loads(ran.out)["failures"]
        assert all("it is a pipe" in failure["message"] for failure in failures)


def test_what_is_written_goes_into_devices_pipes_and_links_and_replaces_none(tmp_path: Path) -> None:
    vkey = f"{command('prove-batch')} key vkey {KEY}"
    expected = (QUARTIC / "verification_key.json").read_bytes()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder/target.json")
    (tmp_path / "null").symlink_to("/dev/null")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    wait_for(lambda: shell(f"{vkey} -o pipe", tmp_path).code == 0)  # until somebody reads it, nobody does
    reader.join()
    assert got == [expected]
    assert (tmp_path / "pipe").is_fifo()
    for target in ("link", "null", "plain.json"):
        assert shell(f"{vkey} -o {target}", tmp_path).code == 0
    assert (tmp_path / "folder" / "target.json").read_bytes() == expected
    assert (tmp_path / "plain.json").read_bytes() == expected
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "null").is_char_device()
    assert shell(f"{vkey} | cmp - {QUARTIC}/verification_key.json", tmp_path).code == 0


def test_what_a_reader_that_goes_away_did_not_take_is_left(tmp_path: Path) -> None:
    lines = "".join(f'{{"witness": "{W0}"}}\n' for _ in range(60))
    (tmp_path / "many.jsonl").write_text(lines)
    line = f"{command('prove-batch')} - -o - --key {KEY} -qq --summary s.json < many.jsonl | head -1"
    ran = shell(f"set -o pipefail; {line}", tmp_path)
    assert ran.code == 1
    jobs = json.loads((tmp_path / "s.json").read_text())["jobs"]
    assert jobs["total"] == jobs["proved"] + jobs["failed"] + jobs["skipped"] + jobs["left"]
    assert jobs["left"] > 0


def test_a_pipe_among_proofs_costs_no_other(tmp_path: Path) -> None:
    assert shell(PROVE, tmp_path).code == 0
    os.mkfifo(tmp_path / "proofs" / "9.proof.json")
    os.mkfifo(tmp_path / "proofs" / "0003.public.json.new")
    (tmp_path / "proofs" / "0003.public.json.new").replace(tmp_path / "proofs" / "0003.public.json")
    ran = shell(f"{command('prove-batch')} verify proofs --key {KEY}", tmp_path)
    assert (ran.code, ran.out) == (1, "7 of 9 proofs are valid\n")
    assert ran.err.count("cannot be read: it is a pipe") == 2
    ran = shell(f"{command('prove-batch')} calldata proofs", tmp_path)
    assert (ran.code, len(ran.lines)) == (1, 7)
    one = f"{command('prove-batch')} verify <(cat proofs/0001.proof.json) proofs/0001.public.json --key {KEY}"
    assert shell(one, tmp_path).out == "the proof is valid\n", "one that is named may be a pipe"


SIGNALS = [[signal.SIGINT], [signal.SIGTERM], [signal.SIGINT, signal.SIGTERM]]
"""Two of one kind at once might arrive as one."""


@pytest.mark.parametrize("signals", SIGNALS)
@pytest.mark.parametrize("name", ["never.wtns", "never.jsonl", "in/never.wtns"])
def test_a_pipe_that_nobody_writes_to_leaves_signals_served(
    tmp_path: Path, name: str, signals: list[int]
) -> None:
    """With --resume too, which looks at witnesses before they are handed out."""
    (tmp_path / "in").mkdir()
    os.mkfifo(tmp_path / name)
    key = endless(tmp_path / "circuit", "quartic")
    (tmp_path / "in" / "endless.json").write_text('{"a": 1}')
    source = "in" if "/" in name else name
    more = ("--timeout", "2") if source == "in" and len(signals) == 1 else ()  # the second ends what hangs
    log = (tmp_path / "log").open("wb")
    process = subprocess.Popen(
        [command("prove-batch"), source, "--key", str(key), "--resume", "--workers", "1", "--log-format",
         "json", *more],
        cwd=tmp_path, stderr=log,
    )  # fmt: skip
    try:
        wait_for(lambda: b"run_started" in (tmp_path / "log").read_bytes())
        for number in signals:
            process.send_signal(number)
        assert process.wait(300) == 130
    finally:
        process.kill()
        process.wait()
        log.close()
