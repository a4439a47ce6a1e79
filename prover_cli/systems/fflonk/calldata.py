"""Arguments for `verifyProof` of snarkjs' FFLONK verifier in Solidity, as text."""

from collections.abc import Iterable

from prover_cli.systems.fflonk.proof import Proof


def _listed(numbers: Iterable[int]) -> str:
    return ",".join(f"0x{number:064x}" for number in numbers)


def solidity_calldata(proof: Proof, signals: tuple[int, ...]) -> str:
    """The text that `snarkjs zkey export soliditycalldata` prints: numbers without quotes, and a space after
    the first one alone."""
    first, *others = proof.numbers
    return f"[{_listed([first])}, {_listed(others)}],[{_listed(signals)}]"
