"""Memory sizes as people type them, and back."""

import re

from prover_cli.faults import Code, SetupFault

_UNITS = {"": 0, "k": 10, "m": 20, "g": 30, "t": 40}


def parse_size(text: str) -> int:
    """Bytes of "512MB", "2GB", "1.5 GiB" or "0"; a unit is 1024 of the one below.

    Raises SetupFault BAD_SIZE; a bare number other than 0 has no unit, and is refused.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(?:([kmgt])(?:i?b)?|(b))?\s*", text, re.IGNORECASE)
    if match is None or (match[2] is None and match[3] is None and float(match[1]) != 0):
        raise SetupFault(Code.BAD_SIZE, f'"{text}" is not a size: add a unit, like 512MB or 2GB')
    return int(float(match[1]) * (1 << _UNITS[(match[2] or "").lower()]))


def parse_size_or_auto(text: str) -> int | None:
    """Bytes, or None for auto. Raises SetupFault BAD_SIZE."""
    return None if text == "auto" else parse_size(text)


def format_size(size: float) -> str:
    """Three digits and a unit: 61.0 MB, 2.25 GB."""
    for unit in ("B", "KB", "MB", "GB"):
        if abs(size) < 1000:
            return f"{size:.0f} B" if unit == "B" else f"{size:.3g} {unit}"
        size /= 1024
    return f"{size:.3g} TB"
