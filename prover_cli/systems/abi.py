"""Words of Ethereum's contract ABI, for exports."""

from collections.abc import Iterable

from prover_cli.faults import Code, JobFault
from prover_cli.formats.curves import Curve

WORD = 32
"""Bytes of a uint256."""


def words(numbers: Iterable[int], curve: Curve) -> bytes:
    """A word per number. Raises JobFault CALLDATA_CURVE if coordinates of the curve do not fit into one."""
    if curve.n8q > WORD:
        raise JobFault(
            Code.CALLDATA_CURVE,
            f"snarkjs' verifier contract supports only bn128; coordinates of {curve.name} do not fit into "
            "its words",
        )
    return b"".join(number.to_bytes(WORD, "big") for number in numbers)
