"""Warnings to a program that uses this package. They point at the program's own line, not at one of ours."""

import sys
import warnings
from pathlib import Path

PACKAGE = str(Path(__file__).parent)


class ProverWarning(UserWarning):
    """Something that you should know and that stops nothing."""


class SlowEngineWarning(ProverWarning):
    """The compiled engine is missing, so proofs take minutes instead of milliseconds."""


def warn_caller(text: str, category: type[ProverWarning] = ProverWarning) -> None:
    """Warns at the line of the program that called into this package."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PACKAGE):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, category, stacklevel=level)
