"""`prove-batch witness` takes inputs in every form that a run does, and names what it leaves out."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from conftest import SAMPLES, Ran

QUARTIC = SAMPLES / "quartic"
WASM = QUARTIC / "circuit.wasm"
Runner = Callable[..., Ran]


def inputs(number: int) -> dict[str, str]:
    found: dict[str, str] = json.loads((QUARTIC / "inputs" / f"{number:04}.json").read_text())
    return found


def made(folder: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in folder.glob("*.wtns")}


def expected(*numbers: int) -> list[bytes]:
    return [(QUARTIC / "witnesses" / f"{number:04}.wtns").read_bytes() for number in numbers]


def test_a_folder_may_hold_arrays_and_lines_and_the_rest_is_named(run: Runner, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copy(QUARTIC / "inputs" / "0000.json", folder)
    shutil.copy(QUARTIC / "witnesses" / "0007.wtns", folder)
    (folder / "array.json").write_text(json.dumps([inputs(1), {"id": "named", "input": inputs(2)}]))
    bare = [inputs(3), {"id": "own", "input": inputs(4)}, {"id": "w", "witness": "0007.wtns"}, {}]
    (folder / "lines.jsonl").write_text("\n".join(map(json.dumps, bare)))
    (folder / "notes.txt").write_text("x")
    (folder / "X.JSON").write_text("{}")
    for quiet in ((), ("-q",)):
        ran = run("prove-batch", "witness", "in", "--wasm", WASM, *quiet)
        assert ran.code == 1
        assert "warning: ignored 2 files (" in ran.err, ran.err
        assert "in/X.JSON" in ran.err
        assert "0007" not in ran.err, "a witness among the inputs is no surprise"
        assert 'failed w: line 3 has a "witness" already' in ran.err
        assert "failed lines-000004: " in ran.err
    names = ["0000", "array-0", "named", "lines-000001", "own"]
    assert made(tmp_path / "witnesses") == dict(zip(names, expected(*range(5)), strict=True))
    assert "5 witnesses in witnesses, 2 failed" in run("prove-batch", "witness", "in", "--wasm", WASM).err


def test_a_damaged_array_fails_where_it_ends(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(f"[{json.dumps(inputs(0))}, ")
    ran = run("prove-batch", "witness", "a.json", "--wasm", WASM)
    assert (ran.code, "failed a-1: " in ran.err, list(made(tmp_path / "witnesses"))) == (1, True, ["a-0"])


def test_a_circuits_folder_has_its_inputs_calculated(run: Runner, tmp_path: Path) -> None:
    ran = run("prove-batch", "witness", QUARTIC)
    assert (ran.code, ran.err) == (0, "8 witnesses in witnesses, 0 failed\n")
    assert sorted(made(tmp_path / "witnesses").values()) == sorted(expected(*range(8)))
    (tmp_path / "empty").mkdir()
    ran = run("prove-batch", "witness", "empty", "--wasm", WASM)
    assert (ran.code, "[EMPTY_DIRECTORY]" in ran.err) == (2, True)


def test_standard_input_may_be_one_object(run: Runner, tmp_path: Path) -> None:
    for text in (json.dumps(inputs(0), indent=1), json.dumps({"input": inputs(0)}, indent=1)):
        ran = run("prove-batch", "witness", "-", "--wasm", WASM, stdin=text.encode())
        assert (ran.code, made(tmp_path / "witnesses")) == (0, {"000001": expected(0)[0]}), ran.err


def test_two_inputs_of_one_name_do_not_share_a_witness(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    shutil.copy(QUARTIC / "inputs" / "0001.json", tmp_path / "other" / "0000.json")
    ran = run("prove-batch", "witness", QUARTIC / "inputs" / "0000.json", "other", "--wasm", WASM)
    assert (ran.code, "[DUPLICATE_ID]" in ran.err) == (1, True), ran.err
    assert made(tmp_path / "witnesses") == {"0000": expected(0)[0]}
