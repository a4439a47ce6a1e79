"""What the parser of the command line refuses, told as all errors are.

Typer's exceptions are known by what they hold: some releases have Click's, others their own.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from prover_cli.faults import Code, Fault, SetupFault

ELSEWHERE = {
    "--zkey": "--key",
    "--pkey": "--key",
    "--proving-key": "--key",
    "--output": "--out",
    "--output-dir": "--out",
    "--threads": "--threads-per-proof",
    "--parallel": "--jobs",
    "--concurrency": "--jobs",
    "--processes": "--workers",
    "--verification-key": "--vkey",
    "--witnesses": "SOURCES",
    "--inputs": "SOURCES",
    "--input": "SOURCES",
    "--witness": "SOURCES",
    "--wtns": "SOURCES",
}
"""What other tools call options, where the letters do not tell."""


def as_fault(error: Exception) -> Fault | None:
    """What the parser refused, or None where the error is another. Raises SystemExit for a command that
    needs another word: its help is the answer."""
    if not hasattr(error, "format_message"):
        return None
    kind, context = type(error).__name__, getattr(error, "ctx", None)
    if kind == "NoArgsIsHelpError":
        error.show()  # type: ignore[attr-defined]  # (of the parser's exceptions)
        raise SystemExit(2)
    program = context.command_path if context is not None else "prove-batch"
    return SetupFault(Code.BAD_OPTION, _sentence(kind, error, context, program))


def _sentence(kind: str, error: Any, context: Any, program: str) -> str:
    param = getattr(error, "param", None)
    if kind == "NoSuchOption":
        names = _options(context)
        near = nearest(error.option_name, names)
        hint = f"did you mean {near}?" if near else f"{program} --help names them all"
        return f"{program} has no option {error.option_name}; {hint}"
    if kind == "MissingParameter" and param is not None:
        quoted = re.search(r"'([^']*)'", error.format_message())
        name, told = quoted[1] if quoted else param.name, getattr(param, "help", None)
        about = f" ({told.rstrip('.')})" if told else ""
        return f"{program} needs {name}{about}; see {program} --help"
    if kind == "BadOptionUsage":
        takes = "takes no value" if "not take a value" in error.format_message() else "needs a value"
        return f"{error.option_name} {takes}; see {program} --help"
    if kind == "BadParameter" and param is not None:
        return f"{how_given(context, param.name, param.opts, param.envvar)} {_refused(error.message)}"
    unexpected = re.search(r"unexpected extra arguments?(?:\(s\))? \((.*)\)", error.format_message())
    if unexpected:
        return f"{program} has no use for {unexpected[1]}; see {program} --help"
    unknown = re.search(r"No such command '([^']*)'", error.format_message())
    if unknown:
        names = list(context.command.commands)
        near = nearest(unknown[1], names)
        hint = f"did you mean {near}?" if near else f"it has {', '.join(names)}"
        return f"{program} has no command {unknown[1]}; {hint}"
    return str(error.format_message()).rstrip(".")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was most likely meant."""
    known = list(known)
    there = ELSEWHERE.get(name)
    if there is not None and (there in known or not there.startswith("-")):
        return there
    close = get_close_matches(name, known, n=4, cutoff=0.65)
    return max(close, key=lambda one: _begins_alike(one, name), default=None)


def _begins_alike(one: str, other: str) -> int:
    """Letters that the two have in common before the first that differs."""
    return next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _options(context: Any) -> list[str]:
    if context is None:
        return []
    return [flag for param in context.command.get_params(context) for flag in param.opts if len(flag) > 2]


def how_given(context: Any, name: str, flags: Iterable[str], variable: str | None) -> str:
    """The option as it was given: a flag, a variable, a line of the configuration. `name` is the
    parameter's, and `context` the parser's."""
    source = getattr(context.get_parameter_source(name) if context is not None else None, "name", "")
    if source == "ENVIRONMENT" and variable is not None:
        return variable
    if source == "DEFAULT_MAP":
        return f"prove-batch.toml: {name.replace('_', '-')}"
    return max(flags, key=len)


_SAID = (
    (r"valid int", "takes a whole number"),
    (r"valid (float|number)", "takes a number"),
    (r"range x>=(?P<least>\S+)", "takes a number of at least {least}"),
    (r"range (?P<least>\S+)<=x<=(?P<most>\S+)", "takes a number from {least} to {most}"),
    (r"greater than or equal to (?P<least>\S+)", "takes a number of at least {least}"),
    (r"less than or equal to (?P<most>\S+)", "takes a number of at most {most}"),
)
"""What parsers say of a value (Click's, and Typer's own of later releases), and what we do."""


def _refused(message: str) -> str:
    """What an option takes instead."""
    message = message.rstrip(".")
    value = re.search(r"'([^']*)' is not", message) or re.match(r"(\S+) is not in", message)
    instead_of = f', not "{value[1]}"' if value else ""
    choices = re.search(r"is not one of (.*)", message)
    if choices:
        *names, last = (name.strip("' ") for name in choices[1].split(","))
        return f"takes {' or '.join([', '.join(names), last])}{instead_of}"
    for pattern, words in _SAID:
        said = re.search(pattern, message)
        if said:
            return words.format(**said.groupdict()) + instead_of
    return f"cannot be used: {message}"
