"""The shape of snarkjs' proof objects, as a JSON schema says it."""

from typing import Any

from prover_cli.formats.curves import CURVES

Schema = dict[str, Any]

DECIMAL: Schema = {"type": "string", "pattern": "^[0-9]+$"}
POINT: Schema = {"type": "array", "items": DECIMAL}
"""x, y, z in G1."""
POINT_2: Schema = {"type": "array", "items": POINT}
"""The same in G2, each a pair."""


def proof_schema(system: str, parts: dict[str, Schema]) -> Schema:
    """Of an object with these parts, and the names of its system and curve."""
    names = {"protocol": {"const": system}, "curve": {"enum": [curve.name for curve in CURVES]}}
    properties = {**parts, **names}
    return {"type": "object", "required": list(properties), "properties": properties}
