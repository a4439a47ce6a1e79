"""Which files of a source are jobs, of which circuit, and that no run overwrites what it reads."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import SAMPLES, Ran, needs_native

from prover_cli.formats.companions import companion, folders_below, keys_in
from prover_cli.intake.contents import Content, content_of, holds_jobs
from prover_cli.intake.documents import is_document

pytestmark = needs_native

QUARTIC, MEMBERSHIP = SAMPLES / "quartic", SAMPLES / "membership"
SAMPLE = {"q": QUARTIC, "m": MEMBERSHIP}
KEY, W0, I0 = QUARTIC / "circuit.zkey", QUARTIC / "witnesses" / "0000.wtns", QUARTIC / "inputs" / "0000.json"
Runner = Callable[..., Ran]


def put(source: Path, *places: Path) -> None:
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, place)


def put_flat(folder: Path, *names: str, wasm: bool = True) -> None:
    """Several circuits in one folder."""
    for name in names:
        put(SAMPLE[name] / "circuit.zkey", folder / f"{name}.zkey")
        if wasm:
            put(SAMPLE[name] / "circuit.wasm", folder / f"{name}.wasm")


def proved(folder: Path) -> set[str]:
    ending = ".proof.json"
    return {str(path.relative_to(folder)).removesuffix(ending) for path in folder.rglob(f"*{ending}")}


# ---- nothing that is read is overwritten


def test_results_never_go_over_a_source(run: Runner, tmp_path: Path) -> None:
    line = json.dumps({"input": json.loads(I0.read_text())}) + "\n"
    jobs = tmp_path / "in" / "jobs.jsonl"
    jobs.parent.mkdir()
    jobs.write_text(line)
    os.link(jobs, tmp_path / "same.jsonl")
    put(KEY, tmp_path / "k.zkey")
    put(QUARTIC / "circuit.wasm", tmp_path / "k.wasm")
    for source in ("in/jobs.jsonl", "in"):
        for given in (
            ["-o", "in/jobs.jsonl"],
            ["-o", "same.jsonl"],
            ["--summary", "in/jobs.jsonl"],
            ["--report", "in/jobs.jsonl"],
            ["--summary", "k.zkey"],
            ["--report", "k.wasm"],
        ):
            ran = run("prove-batch", source, "-k", "k.zkey", *given)
            assert (ran.code, "[OPTIONS_CONFLICT]" in ran.err) == (2, True), (given, ran.err)
            assert "would overwrite" in ran.err
    assert jobs.read_text() == line
    assert (tmp_path / "k.zkey").read_bytes() == KEY.read_bytes()
    (tmp_path / "x.jsonl").touch()
    ran = run("prove-batch", "in", "-k", "k.zkey", "-o", "x.jsonl", "--summary", "x.jsonl")
    assert (ran.code, "both name x.jsonl" in ran.err) == (2, True), ran.err


def test_an_input_that_is_called_like_a_proof_is_not_replaced_by_one(run: Runner, tmp_path: Path) -> None:
    put(I0, tmp_path / "in" / "age.json", tmp_path / "in" / "age.proof.json")
    put(KEY, tmp_path / "k.zkey")
    put(QUARTIC / "circuit.wasm", tmp_path / "k.wasm")
    ran = run("prove-batch", "in", "-o", "in")
    assert (ran.code, "[OPTIONS_CONFLICT]" in ran.err) == (2, True), ran.err
    assert (tmp_path / "in" / "age.proof.json").read_bytes() == I0.read_bytes()
    assert run("prove-batch", "in", "-o", "out").code == 0
    assert proved(tmp_path / "out") == {"age", "age.proof"}


def test_earlier_results_stay_where_a_run_does_not_begin(run: Runner, tmp_path: Path) -> None:
    results = tmp_path / "r.jsonl"
    results.write_text("kept\n")
    ran = run("prove-batch", "-k", KEY, "-o", "r.jsonl", stdin=b"")
    assert ran.code == 2
    assert results.read_text() == "kept\n"
    assert run("prove-batch", "-k", KEY, "-o", "new.jsonl", stdin=b"").code == 2
    assert not (tmp_path / "new.jsonl").exists()
    assert run("prove-batch", "-", "-k", KEY, "-o", "r.jsonl", stdin=b"").code == 0
    assert results.read_text() == "", "a run of no jobs has no results"
    results.write_text("old\n" * 10_000)
    assert run("prove-batch", W0, "-k", KEY, "-o", "r.jsonl").code == 0
    assert [json.loads(line)["id"] for line in results.read_text().splitlines()] == ["0000"]


# ---- content decides


@pytest.mark.parametrize(
    ("name", "text", "content"),
    [
        ("package.json", '{"name": "x", "version": "1.0.0"}', Content.OTHER),
        ("package.json", '{"a": "1", "b": [2, "0x3"]}', Content.INPUT),
        ("tsconfig.json", "{ // comments\n}", Content.OTHER),
        ("circomkit.json", '{"protocol": "groth16"}', Content.OTHER),
        ("a.proof.json", '{"age": 3}', Content.INPUT),
        ("a.proof.json", '{"pi_a": ["1"', Content.UNCLEAR),
        ("a.public.json", '[{"age": ' + "9" * 5000 + "}]", Content.ARRAY),
        ("a.public.json", '["1", "2"]', Content.OTHER),
        ("a.public.json", "[]", Content.OTHER),
        ("inputs.json", "[]", Content.EMPTY_ARRAY),
        ("a.calldata.json", '{"x": 1}', Content.INPUT),
        ("x.json", '{"pi_a": ["1", "2", "1"], "pi_b": "3"}', Content.INPUT),
        ("x.json", '{"pi_a": ["1"], "curve": "bn128", "protocol" : "groth16"}', Content.OTHER),
        ("x.json", '{"IC": [' + '"1",' * 40_000 + '"1"], "protocol": "groth16"}', Content.OTHER),
        ("x.json", '{"protocol": "3"}', Content.INPUT),
        ("x_constraints.json", '{\n"constraints": [\n[{"2":"1"}', Content.OTHER),
    ],
)
def test_what_a_json_is_by_its_content(tmp_path: Path, name: str, text: str, content: Content) -> None:
    (tmp_path / name).write_text(text)
    assert content_of(tmp_path / name) is content


def test_our_lines_are_known_by_their_content_too(run: Runner, tmp_path: Path) -> None:
    assert run("prove-batch", W0, "-k", KEY).code == 0
    assert run("prove-batch", W0, "-k", KEY, "-o", "r.jsonl").code == 0
    assert not holds_jobs(tmp_path / "proofs" / "manifest.jsonl")
    assert not holds_jobs(tmp_path / "r.jsonl")
    (tmp_path / "manifest.jsonl").write_text('{"id":"a","input":{}}\n')
    assert holds_jobs(tmp_path / "manifest.jsonl")


def test_an_array_is_no_input_of_the_witness_beside_it(run: Runner, tmp_path: Path) -> None:
    value = json.loads(I0.read_text())
    put(KEY, tmp_path / "c" / "c.zkey")
    put(QUARTIC / "circuit.wasm", tmp_path / "c" / "c.wasm")
    put(W0, tmp_path / "c" / "witnesses" / "a.wtns")
    (tmp_path / "c" / "inputs").mkdir()
    (tmp_path / "c" / "inputs" / "a.json").write_text(json.dumps([value, value]))
    put(I0, tmp_path / "c" / "deep" / "a.json")
    ran = run("prove-batch", "c")
    assert ran.code == 0, ran.err
    assert proved(tmp_path / "proofs") == {"a", "a-0", "a-1"}
    assert "ignored 1 file (1 .json): c/deep/a.json" in ran.err, "it is not in inputs/"


def test_an_input_that_is_newer_than_its_witness_is_told(run: Runner, tmp_path: Path) -> None:
    put(W0, tmp_path / "in" / "a.wtns", tmp_path / "in" / "b.wtns")
    put(I0, tmp_path / "in" / "a.json", tmp_path / "in" / "b.json")
    ran = run("prove-batch", "in", "-k", KEY)
    assert "newer" not in ran.err
    os.utime(tmp_path / "in" / "a.wtns", (1, 1))
    ran = run("prove-batch", "in", "-k", KEY)
    assert ran.code == 0
    assert (
        "in/a.wtns is proved, although in/a.json is newer: delete the witness to prove the input" in ran.err
    )


def test_what_is_ignored_is_told_with_its_reason(run: Runner, tmp_path: Path) -> None:
    put(W0, tmp_path / "in" / "a.wtns", tmp_path / "in" / "deep" / "b.wtns")
    ran = run("prove-batch", "in", "-k", KEY)
    assert (
        "ignored 1 file (1 .wtns): in/deep/b.wtns; in/deep/ is not searched: give it as a source" in ran.err
    )
    put_flat(tmp_path / "f", "q", "m")
    put(I0, tmp_path / "f" / "q.json", tmp_path / "f" / "other.json")
    ran = run("prove-batch", "f")
    assert "f/other.json; nothing says which circuit they are for" in ran.err
    ran = run("prove-batch", W0, "-k", KEY, "-o", "results.json")
    assert (ran.code, "FILE.jsonl" in ran.err, (tmp_path / "results.json").exists()) == (2, True, False)


# ---- whose a job is


def test_in_a_folder_of_several_circuits_none_is_taken_for_another(run: Runner, tmp_path: Path) -> None:
    put_flat(tmp_path / "f", "q", "m")
    put(I0, tmp_path / "f" / "q.json", tmp_path / "f" / "m-1.json")
    put(MEMBERSHIP / "inputs" / "0000.json", tmp_path / "f" / "inputs" / "m.json")
    ran = run("prove-batch", "f")
    assert ran.code == 0, ran.err
    assert proved(tmp_path / "proofs") == {"q/q", "m/m"}
    assert "ignored 1 file (1 .json): f/m-1.json" in ran.err
    shutil.rmtree(tmp_path / "proofs")
    ran = run("prove-batch", "f/q.json", "f/inputs/m.json")
    assert ran.code == 0, ran.err
    assert proved(tmp_path / "proofs") == {"q/q", "m/m"}
    for source in ("f/m-1.json", "f/m-1.wtns", "loose"):
        put(W0, tmp_path / "f" / "m-1.wtns", tmp_path / "loose" / "x.wtns")
        ran = run("prove-batch", source, "--circuits", "f")
        assert (ran.code, "[UNKNOWN_CIRCUIT]" in ran.err) == (2, True), (source, ran.err)


@pytest.mark.parametrize("source", ["f", "f/q.json"])
def test_inputs_named_after_a_circuit_without_wasm_end_the_command(
    run: Runner, tmp_path: Path, source: str
) -> None:
    put_flat(tmp_path / "f", "q", "m", wasm=False)
    put(I0, tmp_path / "f" / "q.json")
    ran = run("prove-batch", source)
    assert (ran.code, "[INPUT_UNSUPPORTED]" in ran.err) == (2, True), ran.err
    assert "inputs need the circuit's .wasm" in ran.err
    put(QUARTIC / "circuit.wasm", tmp_path / "f" / "q.wasm")
    (tmp_path / "f" / "q.wasm").write_bytes(b"\0asm broken")
    for circuits in ([], ["--circuits", "f"]):
        ran = run("prove-batch", source, *circuits)
        assert (ran.code, "[WASM_CORRUPT]" in ran.err) == (2, True), ran.err


def test_two_named_circuits_of_one_id_are_refused(run: Runner, tmp_path: Path) -> None:
    put(KEY, tmp_path / "x" / "a" / "k.zkey", tmp_path / "y" / "a" / "k.zkey")
    ran = run("prove-batch", W0, "--circuit", "x/a", "--circuit", "y/a")
    assert ran.code == 2
    assert 'two circuits have the id "a": x/a/k.zkey and y/a/k.zkey' in ran.err
    ran = run("prove-batch", W0, "--circuit", "x/a", "--circuit", "b=y/a", "-o", "-")
    assert "[UNKNOWN_CIRCUIT]" in ran.err
    put(KEY, tmp_path / "u=v" / "circuit.zkey")
    ran = run("prove-batch", W0, "--circuit", "u=v/circuit.zkey", "-o", "-")
    assert (ran.code, ran.lines[0]["circuitId"]) == (0, "u=v")


def test_a_number_may_belong_to_a_circuits_name(tmp_path: Path) -> None:
    for year in ("2024", "2025"):
        for ending in (".zkey", ".wasm"):
            put(KEY, tmp_path / f"vote_{year}{ending}")
    (tmp_path / "d.zkey").mkdir()
    assert keys_in(tmp_path) == {f"vote_{year}": tmp_path / f"vote_{year}.zkey" for year in ("2024", "2025")}
    assert companion(tmp_path / "vote_2025.zkey", ".wasm") == tmp_path / "vote_2025.wasm"
    for year in ("2024", "2025"):
        (tmp_path / f"vote_{year}.wasm").unlink()
    put(KEY, tmp_path / "vote.wasm")
    assert keys_in(tmp_path) == {"vote": tmp_path / "vote_2025.zkey"}, "contributions"


def test_an_unusable_key_costs_only_its_own_jobs(run: Runner, tmp_path: Path) -> None:
    put_flat(tmp_path / "f", "q", "m")
    (tmp_path / "f" / "m.zkey").write_bytes(b"no key")
    put(I0, tmp_path / "in" / "q.json")
    ran = run("prove-batch", "in", "--circuits", "f")
    assert ran.code == 0, ran.err
    value = json.loads(I0.read_text())
    lines = "".join(json.dumps({"circuitId": name, "input": value}) + "\n" for name in ("q", "m"))
    ran = run("prove-batch", "-", "--circuits", "f", "-o", "-", stdin=lines.encode())
    assert ran.code == 1
    assert sorted((line["circuitId"], line["success"]) for line in ran.lines) == [("m", False), ("q", True)]
    assert "jobs of m will fail: " in ran.err
    put(I0, tmp_path / "in" / "m.json")
    ran = run("prove-batch", "in", "--circuits", "f", "-o", "no")
    assert (ran.code, "[KEY_" in ran.err, (tmp_path / "no").exists()) == (2, True, False), ran.err


# ---- where jobs are looked for


def test_a_circuits_own_folder_is_searched_wherever_its_key_is(run: Runner, tmp_path: Path) -> None:
    put(KEY, tmp_path / "keys" / "k.zkey")
    put(QUARTIC / "circuit.wasm", tmp_path / "p" / "p_js" / "p.wasm")
    put(I0, tmp_path / "p" / "inputs" / "a.json", tmp_path / "p" / "p_js" / "input.json")
    (tmp_path / "p" / "inputs" / "b.jsonl").write_text(I0.read_text().replace("\n", ""))
    wanted = {"a", "input", "b-000001"}
    (tmp_path / "p" / "p.zkey").symlink_to(tmp_path / "keys" / "k.zkey")
    ran = run("prove-batch", "p", "-o", "linked")
    assert ran.code == 0, ran.err
    assert proved(tmp_path / "linked") == wanted
    (tmp_path / "p" / "p.zkey").unlink()
    ran = run("prove-batch", "p", "-k", "keys/k.zkey", "--wasm", "p/p_js/p.wasm", "-o", "elsewhere")
    assert ran.code == 0, ran.err
    assert proved(tmp_path / "elsewhere") == wanted
    put(KEY, tmp_path / "artifacts" / "deep" / "Z.circom" / "Z.groth16.zkey")
    put(QUARTIC / "circuit.wasm", tmp_path / "artifacts" / "deep" / "Z.circom" / "Z_js" / "Z.wasm")
    put(I0, tmp_path / "artifacts" / "deep" / "Z.circom" / "inputs" / "z.json")
    ran = run("prove-batch", "artifacts", "--circuits", "artifacts", "-o", "zkit")
    assert ran.code == 0, ran.err
    assert proved(tmp_path / "zkit") == {"z"}


def test_the_folder_of_a_circuit_need_not_be_that_of_its_key(run: Runner, tmp_path: Path) -> None:
    put_flat(tmp_path / "s", "q", "m")
    put(I0, tmp_path / "q" / "inputs" / "a.json")
    ran = run("prove-batch", "q/inputs", "--circuits", "s")
    assert ran.code == 0, ran.err
    assert proved(tmp_path / "proofs") == {"q/a"}


def test_circomkits_witness_of_an_input_that_is_named_like_its_circuit(run: Runner, tmp_path: Path) -> None:
    put(KEY, tmp_path / "build" / "mul" / "groth16_pkey.zkey")
    for name in ("mul", "other"):
        put(W0, tmp_path / "build" / "mul" / name / "witness.wtns")
    put(W0, tmp_path / "build" / "mul" / ".hidden" / "witness.wtns")
    for source in ("build/mul", "build"):
        ran = run("prove-batch", source, "--circuits", "build", "-o", source.replace("/", "-"))
        assert ran.code == 0, ran.err
        assert proved(tmp_path / source.replace("/", "-")) == {"mul", "other"}, source


def test_links_to_folders_are_followed_once(run: Runner, tmp_path: Path) -> None:
    put(KEY, tmp_path / "far" / "q" / "k.zkey")
    put(KEY, tmp_path / "project" / "own.zkey", tmp_path / "far" / "other.zkey")
    put(W0, tmp_path / "far" / "jobs" / "a.wtns")
    (tmp_path / "project" / "inputs").symlink_to(tmp_path / "far" / "jobs")
    ran = run("prove-batch", "project/inputs", "--dry-run")
    assert "project/own.zkey" in ran.out + ran.err, "the project's key, and not the one beside the target"
    (tmp_path / "circuits").mkdir()
    (tmp_path / "circuits" / "q").symlink_to(tmp_path / "far" / "q")
    (tmp_path / "far" / "q" / "back").symlink_to(tmp_path / "circuits")
    (tmp_path / "far" / "q" / "more").mkdir()
    (tmp_path / "far" / "q" / "more" / "loop").symlink_to(tmp_path / "far" / "q" / "more")
    assert [str(place.relative_to(tmp_path)) for place, _ in folders_below(tmp_path / "circuits")] == [
        "circuits", "circuits/q", "circuits/q/more",
    ]  # fmt: skip
    ran = run("prove-batch", W0, "--circuits", "circuits")
    assert ran.code == 0, ran.err


def test_a_source_that_leads_in_a_circle_ends_the_command(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "loop.wtns").symlink_to("loop.wtns")
    for words in ([], ["--dry-run"]):
        ran = run("prove-batch", "loop.wtns", "-k", KEY, *words)
        assert (ran.code, "[SOURCE_UNREADABLE]" in ran.err) == (2, True), ran.err


def test_a_name_in_the_wrong_case_is_told(run: Runner, tmp_path: Path) -> None:
    put(KEY, tmp_path / "q.zkey")
    put(QUARTIC / "circuit.wasm", tmp_path / "q.wasm")
    put(I0, tmp_path / "in" / "Inputs" / "a.json")
    ran = run("prove-batch", "in")
    assert (ran.code, "rename in/Inputs to inputs [EMPTY_DIRECTORY]" in ran.err) == (2, True), ran.err
    put(I0, tmp_path / "in" / "b.json")
    ran = run("prove-batch", "in")
    assert "in/Inputs/ is not searched, since case matters: rename it to inputs" in ran.err


# ---- streams


def _pieces(text: bytes) -> Iterator[bytes]:
    return (text[at : at + 3] for at in range(0, len(text), 3))


@pytest.mark.parametrize(
    ("text", "document"),
    [
        (b'{"a":1}\n{"a":2}\n', False),
        (b'{\n "a":1\n}\n', True),
        (b'\n{ "a":\r\n 1}', True),
        (b'\xef\xbb\xbf{"a": 1,\n "b":2}', True),
        (b'\xef\xbb\xbf\n [{"a":1}]', True),
        (b'{"a":1\n{"b":2}\n', False),
        (b'{"a":1,\n{"b":2}\n', False),
        (b'{"a":[1,\n{"b":2}\n', False),
        (b'{"a":[\n 1,2\n]}', True),
        (b'{"a":"x\ny"}', False),
        (b'{"a":' + b"1" * 5000 + b',\n"b":2}', True),
        (b"", False),
        (b"{", False),
        (b'[\n{"a":1}\n]', True),
        (b'[{"a":1}]\n{"b":2}\n', False),
        (b'[{"a":1}\n{"b":2}\n', False),
        (b"[" * 5000 + b'\n{"b":2}\n', False),
        (b'["1"]\n{"b":2}\n', False),
    ],
)
def test_a_document_is_told_from_lines(text: bytes, document: bool) -> None:
    found, stream = is_document(_pieces(text))
    assert found == document
    assert b"".join(stream) == text.removeprefix(b"\xef\xbb\xbf")


def test_a_line_that_is_whole_waits_for_no_other() -> None:
    def stream() -> Iterator[bytes]:
        yield b'{"a":1}\n'
        raise AssertionError("a producer may wait for the first result before it sends the second job")

    found, rest = is_document(stream())
    assert (found, next(rest)) == (False, b'{"a":1}\n')


def test_documents_on_standard_input_are_jobs(run: Runner) -> None:
    value = json.loads(I0.read_text())
    where = ("-", "-k", KEY, "-o", "-", "--ordered")
    for indent, before in ((2, ""), (None, "\n \n"), (4, "\ufeff")):
        ran = run("prove-batch", *where, stdin=(before + json.dumps(value, indent=indent)).encode())
        number = 3 if indent is None else 1
        assert (ran.code, [line["id"] for line in ran.lines]) == (0, [f"{number:06}"]), (before, ran.err)
    ran = run("prove-batch", *where, stdin=json.dumps([value, {"input": value}, 7], indent=1).encode())
    assert [line["id"] for line in ran.lines] == ["000001", "000002", "000003"]
    assert [line["success"] for line in ran.lines] == [True, True, False]
    assert "element 3 of standard input is not a JSON object" in ran.lines[2]["error"]["message"]
    ran = run("prove-batch", *where, stdin=b" []")
    assert (ran.code, ran.lines[0]["error"]["code"]) == (1, "BAD_LINE")


def test_of_documents_in_a_row_each_is_a_job(run: Runner) -> None:
    """What `jq . inputs/*.json` prints."""
    value = json.loads(I0.read_text())
    pretty, line = json.dumps(value, indent=2), json.dumps(value)
    texts = {
        "\n".join([pretty] * 3): [True] * 3,
        "\n".join([pretty, line, pretty]): [True] * 3,
        line.replace(",", ",\n") + "\n" + line: [True] * 2,
        "\n".join([pretty, pretty[:-2], line, pretty]): [True, False, True, True],
    }
    for text, wanted in texts.items():
        for command in (["-", "-k", KEY, "-o", "-", "--ordered"],):
            ran = run("prove-batch", *command, stdin=text.encode())
            assert [one["success"] for one in ran.lines] == wanted, (text, ran.err)
            assert [one["id"] for one in ran.lines] == [f"{i + 1:06}" for i in range(len(wanted))]
    ran = run(
        "prove-batch", "witness", "-", "--wasm", QUARTIC, "-o", "w", stdin="\n".join([pretty] * 3).encode()
    )
    assert (ran.code, "3 witnesses in w" in ran.err + ran.out) == (0, True), ran.err


def test_a_witness_on_standard_input_needs_to_be_of_the_only_circuit(run: Runner, tmp_path: Path) -> None:
    put_flat(tmp_path / "f", "q", "m")
    ran = run("prove-batch", "-", "--circuits", "f", "-o", "-", stdin=W0.read_bytes())
    assert (ran.code, ran.lines[0]["error"]["code"]) == (1, "UNKNOWN_CIRCUIT")
    assert 'or send a JSON line with "circuitId"' in ran.err


def test_the_name_of_an_array_may_have_braces(run: Runner, tmp_path: Path) -> None:
    text = f"[{I0.read_text()}, 7]"
    for name in ("{}.json", "a{0}b.json", "{x.json"):
        (tmp_path / name).write_text(text)
        ran = run("prove-batch", name, "-k", KEY, "-o", "-", "--ordered")
        stem = name.removesuffix(".json")
        assert [line["id"] for line in ran.lines] == [f"{stem}-0", f"{stem}-1"], ran.err


def test_a_number_of_any_length_in_an_array_costs_no_other_input(run: Runner, tmp_path: Path) -> None:
    value = json.loads(I0.read_text())
    name = next(iter(value))
    text = json.dumps([value | {name: 0}, value]).replace(f'"{name}": 0', f'"{name}": {"9" * 5000}')
    (tmp_path / "a.json").write_text(text)
    ran = run("prove-batch", "a.json", "-k", KEY, "-o", "-", "--ordered")
    assert [line["id"] for line in ran.lines] == ["a-0", "a-1"], ran.err
    assert ran.lines[1]["success"]
    assert ran.code in (0, 1)
