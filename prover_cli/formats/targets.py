"""What a result is made into besides snarkjs' JSON, for those who verify elsewhere: `--format`."""

import json
from base64 import b64encode
from typing import Literal

from prover_cli.formats import arkworks, gnark
from prover_cli.formats.calldata import abi_encoded, solidity_calldata
from prover_cli.formats.proof import Proof

Target = Literal["snarkjs", "calldata", "arkworks", "gnark"]
"""`snarkjs` adds nothing."""

ENDINGS: dict[Target, tuple[str, ...]] = {
    "snarkjs": (),
    "calldata": (".calldata.json",),
    "arkworks": (".proof.ark", ".public.ark"),
    "gnark": (".proof.gnark", ".public.gnark"),
}
"""Of the files that a target adds to a proof's, after the id."""


def target_json(target: Target, proof: Proof, signals: tuple[int, ...]) -> dict[str, str]:
    """The field that a JSON line gets, named after the target (not snarkjs); binary in base64.

    Raises JobFault CALLDATA_CURVE."""
    if target == "calldata":
        return {
            "arguments": solidity_calldata(proof, signals),
            "abi": "0x" + abi_encoded(proof, signals).hex(),
        }
    names, contents = ("proof", "public"), _binary(target, proof, signals)
    return {name: b64encode(data).decode() for name, data in zip(names, contents, strict=True)}


def target_files(target: Target, proof: Proof, signals: tuple[int, ...]) -> dict[str, bytes]:
    """Contents by ending. Raises JobFault CALLDATA_CURVE."""
    if target == "calldata":
        contents = (json.dumps(target_json(target, proof, signals), indent=1).encode(),)
        return dict(zip(ENDINGS[target], contents, strict=True))
    return dict(zip(ENDINGS[target], _binary(target, proof, signals), strict=True))


def _binary(target: Target, proof: Proof, signals: tuple[int, ...]) -> tuple[bytes, ...]:
    if target == "arkworks":
        return arkworks.proof_bytes(proof), arkworks.public_bytes(signals, proof.curve)
    if target == "gnark":
        return gnark.proof_bytes(proof), gnark.public_bytes(signals, proof.curve)
    return ()
