"""A Groth16 proof in the formats of other verifiers; see `formats.targets`."""

import json
from base64 import b64encode

from prover_cli.formats.targets import ENDINGS, Target
from prover_cli.systems.groth16 import arkworks, gnark
from prover_cli.systems.groth16.calldata import abi_encoded, solidity_calldata
from prover_cli.systems.groth16.proof import Proof


def target_json(target: Target, proof: Proof, signals: tuple[int, ...]) -> dict[str, str]:
    """The field added to a JSON line, named after the target (not snarkjs). Binary data is in base64.

    Raises JobFault CALLDATA_CURVE."""
    if target == "calldata":
        return {
            "arguments": solidity_calldata(proof, signals),
            "abi": "0x" + abi_encoded(proof, signals).hex(),
        }
    names, contents = ("proof", "public"), _binary(target, proof, signals)
    return {name: b64encode(data).decode() for name, data in zip(names, contents, strict=True)}


def target_files(target: Target, proof: Proof, signals: tuple[int, ...]) -> dict[str, bytes]:
    """Contents by file ending. Raises JobFault CALLDATA_CURVE."""
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
