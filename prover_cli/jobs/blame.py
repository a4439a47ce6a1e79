"""Whose fault a fault is: the caller's, who must mend his job, or ours, so that trying again may help."""

from prover_cli.errors import Fault

CALLERS = frozenset(
    {
        "ASSERT_FAILED",
        "BAD_ID",
        "BAD_LINE",
        "BAD_REQUEST",
        "BAD_WITNESS",
        "CURVE_UNKNOWN",
        "INPUT_CORRUPT",
        "INPUT_MISSING",
        "INPUT_OUT_OF_RANGE",
        "INPUT_REFUSED",
        "INPUT_SHAPE",
        "INPUT_UNKNOWN",
        "INPUT_UNREADABLE",
        "INPUT_UNSUPPORTED",
        "INPUT_VALUE",
        "JSON_CORRUPT",
        "PATH_REFUSED",
        "PROOF_PROTOCOL",
        "UNKNOWN_CIRCUIT",
        "WITNESS_CORRUPT",
        "WITNESS_COUNT",
        "WITNESS_CURVE",
        "WITNESS_FIRST_SIGNAL",
        "WITNESS_NOT_REDUCED",
        "WITNESS_TOO_LARGE",
        "WITNESS_TRUNCATED",
        "WITNESS_UNREADABLE",
        "WITNESS_UNSATISFIED",
    }
)


FINAL = CALLERS | {"KEY_MISMATCH", "OTHER_KEY"}
"""Trying again does not help: the caller's faults, and keys that do not fit."""


def is_final(fault: Fault) -> bool:
    """Whether the same job would fail in the same way again."""
    return fault.code in FINAL
