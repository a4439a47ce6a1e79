"""Names from outside: ids, circuits and files that are not text cost their own job, and are shown with
escapes."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from conftest import SAMPLES, Ran, needs_native
from hypothesis import given
from hypothesis import strategies as st

from prover_cli.faults import Code, JobFault
from prover_cli.intake.members import NotAnObject, members
from prover_cli.names import as_text, is_text, of_file, printable, shown, to_file

pytestmark = needs_native
Runner = Callable[..., Ran]

QUARTIC = SAMPLES / "quartic"
KEY = QUARTIC / "circuit.zkey"
W0, W1 = (QUARTIC / "witnesses" / f"{number:04}.wtns" for number in range(2))

ANY_TEXT = st.text(st.characters() | st.characters(categories=["Cs", "Cc"]), max_size=20)

LOCALES = {
    "UTF-8": {"LC_ALL": "C.UTF-8"},
    "ASCII": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
}
"""What Python takes names of files to be in: under the second, bytes above 127 are no characters."""


def named(folder: Path, name: bytes, source: Path = W0) -> Path:
    """A copy under a name that may be no text."""
    return Path(shutil.copy(source, folder / os.fsdecode(name)))


@pytest.mark.parametrize("locale", LOCALES.values(), ids=list(LOCALES))
def test_a_file_is_judged_by_the_bytes_of_its_name(
    run: Runner, tmp_path: Path, locale: dict[str, str]
) -> None:
    source = tmp_path / "in"
    source.mkdir()
    named(source, "ß.wtns".encode())
    named(source, b"a\xff.wtns", W1)
    named(source, b"c.wtns")
    ran = run("prove-batch", source, "--key", KEY, "--summary", "s.json", "--report", "r.html", **locale)
    assert ran.code == 1
    assert 'failed a\\xff: the name of "' in ran.err
    summary = json.loads((tmp_path / "s.json").read_text())
    assert summary["jobs"] == {"total": 3, "proved": 2, "failed": 1, "skipped": 0, "left": 0}
    assert [(one["id"], one["code"]) for one in summary["failures"]] == [("a\\xff", "BAD_ID")]
    made = {os.fsencode(path.name) for path in (tmp_path / "proofs").glob("*.proof.json")}
    assert made == {"ß.proof.json".encode(), b"c.proof.json"}
    told = [json.loads(line) for line in (tmp_path / "proofs" / "manifest.jsonl").read_bytes().splitlines()]
    assert {line["id"]: line["outcome"] for line in told} == {
        "ß": "proved",
        "c": "proved",
        "a\\xff": "failed",
    }
    ran = run("prove-batch", source, "--key", KEY, "-o", "-", "--log-format", "json", **locale)
    assert {line["id"]: line["success"] for line in ran.lines} == {"ß": True, "c": True, "a\\xff": False}
    events = [json.loads(line) for line in ran.err.splitlines()]
    assert {one["job"] for one in events if one["event"] == "job_failed"} == {"a\\xff"}
    ran = run("prove-batch", source, "--key", KEY, "--resume", "-q", "--summary", "-", **locale)
    assert json.loads(ran.out)["jobs"]["skipped"] == 2, "the same names again"


def test_one_bad_name_alone_does_not_end_a_run_with_success(run: Runner, tmp_path: Path) -> None:
    bad = named(tmp_path, b"\xff.wtns")
    for out in ("proofs", "-"):
        ran = run("prove-batch", bad, "--key", KEY, "-o", out, "-v")
        assert ran.code == 1
        assert "0 proved, 1 failed" in ran.err


def test_half_of_a_surrogate_pair_costs_its_own_line(run: Runner, tmp_path: Path) -> None:
    lines = [
        '{"id": "a\\ud800", "witness": "W"}',
        '{"id": "b", "circuitId": "\\udfff", "witness": "W"}',
        '{"id": "c", "witness": "\\ud800.wtns"}',
        '{"id": "d", "witness": "W", "x": "\\ud800"}',
        '{"id": "e\\ud83d\\ude00", "witness": "W"}',
    ]
    stdin = "\n".join(lines).replace('"W"', json.dumps(str(W0))).encode()
    ran = run("prove-batch", "-", "-o", "-", "--key", KEY, "--ordered", "--log-format", "json", stdin=stdin)
    assert ran.code == 1
    codes = [line["error"]["code"] if not line["success"] else None for line in ran.lines]
    assert codes == ["BAD_ID", "BAD_ID", "BAD_WITNESS", None, None]
    assert [line["id"] for line in ran.lines] == ["000001", "b", "c", "d", "e😀"]
    assert '"a\\ud800" is not valid Unicode' in ran.lines[0]["error"]["message"]
    assert ran.lines[3]["extra"] == {"x": "\ud800"}
    for out in ("proofs", "-"):
        assert run("prove-batch", "-", "-o", out, "--key", KEY, stdin=stdin).code == 1
    assert {path.name for path in (tmp_path / "proofs").glob("*.proof.json")} == {
        "d.proof.json", "e😀.proof.json",
    }  # fmt: skip


def test_a_key_may_have_any_name_and_is_shown_by_its_escapes(run: Runner, tmp_path: Path) -> None:
    key = named(tmp_path, b"k\xff.zkey", KEY)
    own = str(tmp_path / "cache")  # the tables of the same key are another test's too
    for more in (("--prepare", "always"), ("--log-format", "json"), ("-v",), ("-o", "-")):
        ran = run(
            "prove-batch",
            QUARTIC / "witnesses",
            "--key",
            key,
            "--summary",
            "s.json",
            *more,
            XDG_CACHE_HOME=own,
        )
        assert ran.code == 0, ran.err
    assert set(json.loads((tmp_path / "s.json").read_text())["preparation"]) == {"k\\xff"}
    (row,) = [
        row
        for row in json.loads(run("prove-batch", "key", "list", "--json", XDG_CACHE_HOME=own).out)["keys"]
        if "k\\" in row["key"]
    ]
    assert row["key"] == "k\\xff.zkey"
    assert "k\\xff.zkey" in run("prove-batch", "key", "list", XDG_CACHE_HOME=own).out
    assert run("prove-batch", "key", "vkey", key).code == 0
    for command in (
        ("key", "info", key),
        ("doctor", QUARTIC / "witnesses", "--key", key),
        ("key", "prepare", key),
    ):
        ways: tuple[tuple[str, ...], ...] = ((), ("--json",)) if command[1] != "prepare" else ((),)
        for way in ways:
            told = run("prove-batch", *command, *way).out
            if way:
                orjson.loads(told)  # which takes no half of a surrogate pair
                told = told.replace("\\\\", "\\")
            assert "k\\xff.zkey" in told, command
    assert run("prove-batch", "verify", "proofs", "--key", key).code == 0


def test_a_folder_a_seed_and_a_source_of_lines_may_have_any_name(run: Runner, tmp_path: Path) -> None:
    lines = tmp_path / os.fsdecode(b"j\xff.jsonl")
    lines.write_text(f'{{"witness": "{W0}"}}\n{{"id": "own", "witness": "{W1}"}}\n')
    seed = os.fsdecode(b"s\xff")
    ran = run("prove-batch", lines, "--key", KEY, "-o", "-", "--seed", seed)
    assert (ran.code, {line["id"] for line in ran.lines}) == (0, {"j_-000001", "own"})
    again = run("prove-batch", lines, "--key", KEY, "-o", "-", "--seed", seed)
    assert [line["proof"] for line in again.lines] == [line["proof"] for line in ran.lines]
    folder = tmp_path / os.fsdecode(b"dir\xff")
    shutil.copytree(QUARTIC, folder)
    told = run("prove-batch", "bench", folder, "--rounds", "1", "--json")
    assert told.code == 0, told.err
    assert json.loads(told.out)["circuits"][0]["circuit"] == "dir\\xff"


def test_circuits_are_named_so_that_their_folders_can_be_made(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "circuits").mkdir()
    (tmp_path / "circuits" / os.fsdecode(b"\xff")).mkdir()
    named(tmp_path / "circuits" / os.fsdecode(b"\xff"), b"a.zkey", KEY)
    ran = run("prove-batch", W0, "--circuits", "circuits")
    assert (ran.code, "[BAD_ID]" in ran.err, '"\\xff"' in ran.err) == (2, True, True)
    two = ("--circuit", f"../up={KEY}", "--circuit", f"other={KEY}")
    ran = run("prove-batch", "-", *two, stdin=b"")
    assert (ran.code, "[BAD_ID]" in ran.err) == (2, True)
    assert run("prove-batch", "-", *two, "-o", "-", stdin=b"").code == 0, "no folder is made for lines"


def test_unknown_fields_come_back_with_the_digits_they_had(run: Runner) -> None:
    values = {
        "large": "9" * 6000, "minus": "-0", "power": "1E400", "tail": "1.10", "deep": '{"a": [1e-7,\t2.50]}',
        "text": '"\\u00e9\\ud800"', "none": "null", "empty": "{}",
    }  # fmt: skip
    fields = ", ".join(f'"{name}": {text}' for name, text in values.items())
    line = f'{{"witness": {json.dumps(str(W0))}, {fields}}}'.encode()
    bad = b'{"id": "bad", "witness": "none.wtns", "kept": 1.0}'
    nan = [b'{"id": "n", "witness": "w.wtns", "x": %s}' % x for x in (b"NaN", b"Infinity", b"-Infinity")]
    stdin = b"\n".join([line, bad, *nan])
    ran = run("prove-batch", "-", "-o", "-", "--key", KEY, "--ordered", stdin=stdin)
    good, failed, *refused = ran.out.splitlines()
    for name, text in values.items():
        assert f'"{name}":{text}' in good
    assert failed.endswith('"extra":{"kept":1.0}}')
    assert [json.loads(one)["error"]["code"] for one in refused] == ["BAD_LINE"] * 3
    assert "it contains NaN" in refused[0]


@given(ANY_TEXT)
def test_what_is_shown_is_always_text_and_never_steers_a_terminal(name: str) -> None:
    as_text(name).encode()
    assert is_text(as_text(name))
    assert printable(name).isprintable()
    assert len(shown(name, 5)) <= 5 * len("\\U00012345") + 1
    if is_text(name):
        assert as_text(name) == name


@given(st.binary(min_size=1, max_size=20).filter(lambda name: b"/" not in name and b"\0" not in name))
def test_names_of_files_go_there_and_back(name: bytes) -> None:
    path = os.fsdecode(name)
    assert to_file(of_file(path)) == path
    assert is_text(of_file(path)) == (name.decode(errors="replace").encode() == name)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(st.dictionaries(st.text(max_size=5), VALUES), st.sampled_from([None, 1]), st.booleans())
def test_members_are_those_of_the_standard_library_with_their_texts(
    value: dict[str, Any], indent: int | None, escaped: bool
) -> None:
    found = members(json.dumps(value, indent=indent, ensure_ascii=escaped).encode())
    assert {name: json.loads(member.text) for name, member in found.items()} == value


@given(st.binary(max_size=40) | st.text('{}[]",:0123456789.eE+-truefalsn \\u', max_size=40).map(str.encode))
def test_members_take_what_the_standard_library_takes_and_nothing_else(data: bytes) -> None:
    def refuse(name: str) -> None:
        raise ValueError(name)

    def note(found: list[tuple[str, object]]) -> dict[str, object]:
        pairs.append(found)
        return dict(found)

    pairs: list[list[tuple[str, object]]] = []
    try:
        text = data.decode("utf-8-sig")
        value = json.loads(text, parse_constant=refuse, object_pairs_hook=note)
        whole = isinstance(value, dict) and len(pairs[-1]) == len(value)
    except ValueError:
        whole = False
    try:
        members(data)
        taken = True
    except NotAnObject:
        taken = False
    assert taken == whole


def test_a_fault_is_text_whatever_it_quotes() -> None:
    assert JobFault(Code.BAD_ID, "a\udcff\ud800").message == "a\\xff\\ud800"


LONG = "a" * 300
"""Longer than any file's name may be."""


@needs_native
def test_a_name_that_the_system_refuses_is_told_and_is_no_defect(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    inputs = SAMPLES / "quartic" / "inputs"
    keyed: tuple[object, ...] = (W0, "--key", KEY)
    assert run("prove-batch", *keyed, "-q").code == 0

    def commands(name: str) -> list[tuple[object, ...]]:
        return [
            *((W0, option, name) for option in ("--key", "--circuits", "--circuit")),
            *((*keyed, option, name) for option in ("--wasm", "--r1cs", "--sym")),
            *((*keyed, "-o", name), (*keyed, "--seed", "s", "--check-fixtures", name)),
            (W0, "--circuit", f"x={name}", "--log-format", "json"),
            *(("verify", "proofs", option, name) for option in ("--vkey", "--key", "--circuits")),
            *(("verify", name), ("verify", "proofs", name), ("calldata", name), ("bench", name)),
            *(("witness", inputs, option, name) for option in ("--wasm", "--sym", "-o")),
            *(("prove", KEY, name), ("prove", name, W0), ("check", W0, "--r1cs", name)),
            *(("key", "info", name), ("key", "prepare", name), ("key", "solidity", name)),
            *(("serve", option, name) for option in ("--key", "--circuits")),
            ("work", "--redis", "redis://nowhere", "--circuits", name),
        ]

    # The two in turn: each option meets one of them.
    for words in (*commands(LONG)[::2], *commands("circle")[1::2]):
        ran = run("prove-batch", *words)
        assert (ran.code, "[INTERNAL]" in ran.err) == (2, False), (words, ran.err)
        assert ran.err.count("\n") == 1, (words, ran.err)


@needs_native
def test_a_name_that_is_too_long_is_told_for_results_and_by_doctor(run: Runner) -> None:
    keyed: tuple[object, ...] = (W0, "--key", KEY)
    for words in (
        *((*keyed, "-o", f"{LONG}.jsonl"), (*keyed, "--summary", LONG), (*keyed, "--report", LONG)),
        *(
            ("key", "vkey", KEY, "-o", LONG),
            ("prove", KEY, W0, LONG),
            ("enqueue", LONG, "--redis", "redis://x"),
        ),
        (LONG, "--key", KEY),
    ):
        ran = run("prove-batch", *words)
        assert (ran.code, "File name too long" in ran.err) == (2, True), (words, ran.err)
    for words in ((LONG,), ("--key", LONG), ("--circuits", LONG), ("--key", KEY, "--wasm", LONG)):
        ran = run("prove-batch", "doctor", *words)
        assert (ran.code, "problem" in ran.out, "File name too long" in ran.out) == (1, True, True), ran.out
