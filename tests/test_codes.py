"""The table of faults: every code is in it, and what exit codes, statuses and the queue make of it holds."""

import ast
import pickle
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import prover_cli
from prover_cli.faults import CODES, Blame, Code, Fault, JobFault, MachineFault, SetupFault

PACKAGE = Path(prover_cli.__file__).parent
KINDS = {"JobFault": JobFault, "SetupFault": SetupFault, "MachineFault": MachineFault}
MADE_BY = {"Fault", "Refusal", "BadLine", *KINDS}


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Where the package makes a fault: the place, and the call."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MADE_BY:
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}", node


def name_of(node: ast.expr) -> str | None:
    """X of `Code.X`."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Code":
        return node.attr
    return None


def test_no_fault_is_made_with_a_code_of_its_own() -> None:
    texts = [place for place, call in calls() if call.args and isinstance(call.args[0], ast.Constant)]
    assert texts == []
    names = [(place, name_of(call.args[0])) for place, call in calls() if call.args]
    assert len(names) > 250
    assert [(place, name) for place, name in names if name is not None and name not in CODES] == []


def test_no_code_stands_as_text_outside_of_the_table() -> None:
    """In program text; messages that quote one in brackets are texts too, and there are none."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in CODES:
                found.append(f"{path.relative_to(PACKAGE)}:{node.lineno} {node.value}")
    assert found == []


def test_every_code_of_the_table_is_used() -> None:
    used = {
        node.attr
        for path in PACKAGE.rglob("*.py")
        if "openapi" not in path.parts  # it only describes
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and name_of(node) is not None
    }
    assert set(CODES) - used == set()


def test_the_table_knows_each_exit_code_that_a_fault_ends_with() -> None:
    ends = defaultdict(set)
    for _, call in calls():
        name = name_of(call.args[0]) if call.args else None
        if name is not None and isinstance(call.func, ast.Name) and call.func.id in KINDS:
            ends[name].add(KINDS[call.func.id].exit_code)
    unknown = {name: found - set(CODES[name].exits) for name, found in ends.items()}
    assert {name: codes for name, codes in unknown.items() if codes} == {}


@pytest.mark.parametrize("code", Code, ids=str)
def test_a_row_says_what_it_means_and_what_to_do(code: Code) -> None:
    assert re.fullmatch(r'["A-Z-].*[.…]', code.means), code.means
    assert re.fullmatch(r'["A-Z-].*[.…]', code.do), code.do
    assert code.exits == tuple(sorted(set(code.exits)))
    assert set(code.exits) <= {1, 2, 3}
    assert (code.blame is Blame.CALLER) == (400 <= code.status < 500)
    if code.blame is Blame.CALLER:
        assert not code.again, "the same job would fail in the same way again"
        assert 3 not in code.exits


def test_what_ends_at_once_in_the_queue_and_what_is_tried_again() -> None:
    final = {str(code) for code in Code if not code.again}
    assert {
        "WITNESS_UNSATISFIED",
        "ASSERT_FAILED",
        "BAD_ID",
        "KEY_MISMATCH",
        "OTHER_KEY",
        "INPUT_SHAPE",
    } <= final
    again = {
        "TIMEOUT",
        "WORKER_CRASHED",
        "WITNESS_MEMORY",
        "INTERNAL",
        "WASM_UNREADABLE",
        "KEY_CHANGED",
        "CANCELLED",
    }
    assert not again & final


def test_a_fault_crosses_processes_with_its_row() -> None:
    for kind in (Fault, JobFault, SetupFault, MachineFault):
        fault = pickle.loads(pickle.dumps(kind(Code.WITNESS_TRUNCATED, "it was cut off")))
        assert (type(fault), fault.kind, fault.code) == (kind, Code.WITNESS_TRUNCATED, "WITNESS_TRUNCATED")
        assert str(fault) == "it was cut off"
