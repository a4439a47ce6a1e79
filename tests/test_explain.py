"""`prove-batch explain`: every code has its entry, and a slip is understood."""

from collections.abc import Callable

import pytest
from conftest import Ran

from prover_cli.cli.explain import explained
from prover_cli.faults import Code

Runner = Callable[..., Ran]


@pytest.mark.parametrize("code", Code, ids=str)
def test_every_code_is_explained(code: Code) -> None:
    name, means, do, *more = explained(code).splitlines()
    assert name == str(code)
    assert means.strip() == code.means
    assert do.strip() == code.do
    assert sum(line.startswith("  Exit code ") for line in more) == len(code.exits) > 0


def test_a_code_is_found_as_it_stands_in_a_message(run: Runner) -> None:
    missing = run("prove-batch", "nowhere").err
    code = missing.rstrip().rpartition(" ")[2]
    for name in (code, code.strip("[]").lower()):
        ran = run("prove-batch", "explain", name)
        assert (ran.code, ran.out.splitlines()[0]) == (0, "NO_SOURCE")
    listed = run("prove-batch", "explain").out.splitlines()
    assert [line.partition(":")[0] for line in listed] == sorted(map(str, Code))


def test_a_code_that_there_is_not_gets_a_suggestion(run: Runner) -> None:
    ran = run("prove-batch", "explain", "ASSERT_FALED")
    assert (ran.code, "did you mean ASSERT_FAILED" in ran.err) == (2, True), ran.err
