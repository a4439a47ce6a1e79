"""Arguments for `verifyProof` of snarkjs' Solidity verifier: a, b, c and the public signals.

The two coordinates of each half of b are swapped, because the EVM's pairing takes the imaginary part first
(EIP-197).
"""

from prover_cli.systems.abi import words
from prover_cli.systems.groth16.proof import Proof


def solidity_calldata(proof: Proof, signals: tuple[int, ...]) -> str:
    """The text that `snarkjs zkey export soliditycalldata` prints."""

    def listed(*numbers: int) -> str:
        return ", ".join(f'"0x{number:064x}"' for number in numbers)

    (b00, b01), (b10, b11) = proof.b
    inputs = ",".join(f'"0x{number:064x}"' for number in signals)
    return f"[{listed(*proof.a)}],[[{listed(b01, b00)}],[{listed(b11, b10)}]],[{listed(*proof.c)}],[{inputs}]"


def abi_encoded(proof: Proof, signals: tuple[int, ...]) -> bytes:
    """The same in the contract ABI, without the function selector. All types are static: one word per number.

    Raises JobFault CALLDATA_CURVE if coordinates do not fit into a word."""
    (b00, b01), (b10, b11) = proof.b
    return words((*proof.a, b01, b00, b11, b10, *proof.c, *signals), proof.curve)
