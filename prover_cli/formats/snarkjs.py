"""JSON as snarkjs writes it for every proof system: `public.json`, and the layout of files."""

import orjson

from prover_cli.faults import Fault
from prover_cli.formats.curves import Curve
from prover_cli.formats.points import CODE, number


def parse_public(value: object, curve: Curve) -> tuple[int, ...]:
    """The public signals of a `public.json`. Raises Fault JSON_CORRUPT."""
    if not isinstance(value, list):
        raise Fault(CODE, "public signals must be a JSON array of decimal strings")
    return tuple(number(v, curve.r, f"public signal {i}") for i, v in enumerate(value))


def format_public(signals: tuple[int, ...]) -> list[str]:
    """The array that snarkjs writes."""
    return [str(signal) for signal in signals]


def snarkjs_text(value: object) -> bytes:
    """A JSON file as snarkjs formats it: one space per level (`JSON.stringify(value, null, 1)`). The values
    are numbers and names without spaces. Python's own writer takes five times as long, 0.13 ms a proof."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).replace(b"  ", b" ")
