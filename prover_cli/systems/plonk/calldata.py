"""Arguments for `verifyProof` of snarkjs' PLONK verifier in Solidity: 24 numbers and the public signals."""

from collections.abc import Iterable

from prover_cli.faults import Code, JobFault
from prover_cli.systems.plonk.proof import Proof

WORD = 32
"""Bytes of a uint256."""


def _numbers(proof: Proof) -> list[int]:
    return [coordinate for point in proof.points for coordinate in point] + list(proof.evaluations)


def _listed(numbers: Iterable[int]) -> str:
    return ",".join(f'"0x{number:064x}"' for number in numbers)


def solidity_calldata(proof: Proof, signals: tuple[int, ...]) -> str:
    """The text that `snarkjs zkey export soliditycalldata` prints: no comma between the lists, and a space
    after the first number alone."""
    first, *others = _numbers(proof)
    return f"[{_listed([first])}, {_listed(others)}][{_listed(signals)}]"


def abi_encoded(proof: Proof, signals: tuple[int, ...]) -> bytes:
    """The same in the contract ABI, without the function selector. All types are static: one word per number.

    Raises JobFault CALLDATA_CURVE if coordinates do not fit into a word."""
    if proof.curve.n8q > WORD:
        raise JobFault(
            Code.CALLDATA_CURVE,
            f"snarkjs' verifier contract supports only bn128; coordinates of {proof.curve.name} do not fit "
            "into its words",
        )
    return b"".join(number.to_bytes(WORD, "big") for number in (*_numbers(proof), *signals))
