"""`prove-batch explain`: what an error code means, and what to do."""

from difflib import get_close_matches
from typing import Annotated

import typer

from prover_cli.faults import Blame, Code, SetupFault

EPILOG = """Example: prove-batch explain ASSERT_FAILED

Exit codes: 0 explained, 2 unknown code."""

WHOSE = {
    Blame.CALLER: "the input, the witness or the request",
    Blame.OPERATOR: "the command, its files or its configuration",
    Blame.MACHINE: "the machine, the network or Redis",
    Blame.US: "prove-batch itself: please report it",
}
ENDS = {
    1: "1 if it concerns a single job: the others are proved",
    2: "2 if it is found before the run: nothing is started",
    3: "3 if the run cannot continue: finished proofs are kept",
}

UNEXPECTED = 500
"""The HTTP status of codes that no request should ever lead to: the page leaves it out."""


def command(
    codes: Annotated[
        list[str] | None,
        typer.Argument(
            help="Codes, as shown in brackets after messages. Without any, list all.", show_default=False
        ),
    ] = None,
) -> None:
    """Explain what an error code means, where to look and what to do."""
    if not codes:
        for code in sorted(Code, key=str):
            print(f"{code}: {code.means}")
        return
    print("\n\n".join(explained(_named(name)) for name in codes))


def explained(code: Code) -> str:
    """The text about a code, in lines."""
    lines = [str(code), f"  {code.means}", f"  {code.do}", f"  Where to look: {WHOSE[code.blame]}."]
    lines += [f"  Exit code {ENDS[each]}." for each in code.exits]
    if code.again:
        lines.append("  It may help to simply try again.")
    return "\n".join(lines)


def page() -> str:
    """The documentation's page of errors, in Markdown: `prover_cli/docs/errors.md`."""
    return PAGE.format(example=explained(Code.ASSERT_FAILED)) + "".join(
        f"\n## {code}\n\n{_entry(code)}\n" for code in sorted(Code, key=str)
    )


def _entry(code: Code) -> str:
    """What the page says about a code."""
    facts = [f"Where to look: {WHOSE[code.blame]}."]
    facts += [f"HTTP status: {code.status}."] if code.status != UNEXPECTED else []
    facts += [f"Exit code {ENDS[each]}." for each in code.exits]
    facts += ["It may help to simply try again."] if code.again else []
    return f"{code.means} {code.do}\n\n" + "\n".join(f"- {fact}" for fact in facts)


PAGE = """\
# Errors

Every error message ends with a code in square brackets. To see what a code means and what to do about it, run
`prove-batch explain` with the code, or find it on this page:

```console
$ prove-batch explain ASSERT_FAILED
{example}
```

A code never changes its meaning, so your scripts can rely on it. The same codes appear in the `"error"` of a
JSON line, in the run's summary, in the `"code"` of an HTTP answer, and in brackets at the end of a failed
job's reason in the queue. If a code says that trying again may help, a queue retries the job. Otherwise it
fails the job at once.

This page is generated from the table in `prover_cli/faults/codes.py`.
"""


def _named(name: str) -> Code:
    """Raises SetupFault BAD_OPTION for an unknown code."""
    wanted = name.strip("[]").upper()
    found = Code.__members__.get(wanted)
    if found is None:
        close = get_close_matches(wanted, Code.__members__, n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else "prove-batch explain lists them all"
        raise SetupFault(Code.BAD_OPTION, f'there is no error code "{name}"; {hint}')
    return found
