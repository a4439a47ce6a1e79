"""The shape of snarkjs' proof objects, as a JSON schema says it."""

from collections.abc import Sequence
from typing import Any

from prover_cli.formats.curves import CURVES, Curve

Schema = dict[str, Any]

DECIMAL: Schema = {"type": "string", "pattern": "^[0-9]+$"}
POINT: Schema = {"type": "array", "items": DECIMAL}
"""x, y, z in G1."""
POINT_2: Schema = {"type": "array", "items": POINT}
"""The same in G2, each a pair."""


def object_of(parts: dict[str, Schema]) -> Schema:
    """An object that has all of these parts."""
    return {"type": "object", "required": list(parts), "properties": parts}


def proof_schema(system: str, parts: dict[str, Schema], curves: Sequence[Curve] = CURVES) -> Schema:
    """Of an object with these parts, and the names of its system and curve."""
    names: dict[str, Schema] = {
        "protocol": {"const": system},
        "curve": {"enum": [curve.name for curve in curves]},
    }
    return object_of({**parts, **names})
