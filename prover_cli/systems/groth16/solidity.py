"""A verification key as a Solidity contract that verifies its proofs.

The equation is that of Groth16 (section 3.2): e(A, B) = e(α, β) · e(L, γ) · e(C, δ), with L the sum of the
points of IC times one and the public signals. The contract asks whether the product of the four pairings,
with A negated, is one. The curve's operations are the precompiled contracts of EIP-196 (6 adds, 7 multiplies)
and EIP-197 (8 pairs), which refuse coordinates that are not reduced and points that are not of their groups.
"""

import re

from prover_cli.counting import counted
from prover_cli.faults import Code, SetupFault
from prover_cli.formats.curves import BN254
from prover_cli.formats.points import G2
from prover_cli.systems.groth16.verification_key import VerificationKey

NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
"""An identifier of Solidity."""

CONTRACT = """\
// SPDX-License-Identifier: MIT OR Apache-2.0
// Written by prove-batch: a verifier of Groth16 proofs over BN254 (bn128), with @PUBLIC@.
pragma solidity >=0.8.4 <0.9.0;

/// Verifies proofs of one circuit, under one verification key.
contract @NAME@ {
    /// Order of the scalar field: public signals are below it.
    uint256 private constant R = 0x@R@;
    /// Order of the base field: coordinates are below it.
    uint256 private constant Q = 0x@Q@;

    /// Returns whether a proof is valid for the public signals. In each half of `b` the imaginary part
    /// comes first, as `prove-batch calldata` and snarkjs print it.
    function verifyProof(
        uint256[2] calldata a,
        uint256[2][2] calldata b,
        uint256[2] calldata c@PARAMETER@
    ) external view returns (bool holds) {
        assembly ("memory-safe") {
            // Adds the point (x, y) times a signal to the point at `sum`; what follows it is room to work in.
            function accumulate(sum, x, y, signal) -> ok {
                let product := add(sum, 0x40)
                mstore(product, x)
                mstore(add(product, 0x20), y)
                mstore(add(product, 0x40), signal)
                ok := staticcall(gas(), 7, product, 0x60, product, 0x40)
                ok := and(ok, staticcall(gas(), 6, sum, 0x80, sum, 0x40))
                // One proof must not hold for two ways to write one signal.
                ok := and(ok, lt(signal, R))
            }

            let pairs := mload(0x40)

            // -A and B
            let y := calldataload(add(a, 0x20))
            holds := lt(y, Q)
            mstore(pairs, calldataload(a))
            mstore(add(pairs, 0x20), mod(sub(Q, y), Q))
            calldatacopy(add(pairs, 0x40), b, 0x80)

            // L, worked out where the pairs that follow are written later
            let sum := add(pairs, 0xc0)
            mstore(sum, 0x@IC0X@)
            mstore(add(sum, 0x20), 0x@IC0Y@)
@SUM@
            // L and gamma
@GAMMA@
            // C and delta
            calldatacopy(add(pairs, 0x180), c, 0x40)
@DELTA@
            // alpha and beta
            mstore(add(pairs, 0x240), 0x@ALPHAX@)
            mstore(add(pairs, 0x260), 0x@ALPHAY@)
@BETA@
            holds := and(holds, staticcall(gas(), 8, pairs, 0x300, pairs, 0x20))
            holds := and(holds, eq(mload(pairs), 1))
        }
    }
}
"""


def solidity_contract(key: VerificationKey, name: str) -> str:
    """The source of a contract called `name`, with snarkjs' `verifyProof`. A key without public signals has
    none among its arguments, for Solidity knows no array of none.

    Raises SetupFault CALLDATA_CURVE, BAD_OPTION."""
    if key.curve is not BN254:
        raise SetupFault(
            Code.CALLDATA_CURVE, f"the key is of {key.curve.name}, and verifier contracts are for bn128"
        )
    if not NAME.fullmatch(name):
        raise SetupFault(Code.BAD_OPTION, f'"{name}" is no name of a contract: letters, digits, _ and $')
    parts = {
        "NAME": name,
        "PUBLIC": counted(key.n_public, "public signal"),
        "R": f"{key.curve.r:064x}",
        "Q": f"{key.curve.q:064x}",
        "PARAMETER": f",\n        uint256[{key.n_public}] calldata signals" if key.n_public else "",
        "IC0X": f"{key.ic[0][0]:064x}",
        "IC0Y": f"{key.ic[0][1]:064x}",
        "SUM": "".join(_term(i, *point) for i, point in enumerate(key.ic[1:])),
        "GAMMA": _stored(0x100, key.gamma2),
        "DELTA": _stored(0x1C0, key.delta2),
        "ALPHAX": f"{key.alpha1[0]:064x}",
        "ALPHAY": f"{key.alpha1[1]:064x}",
        "BETA": _stored(0x280, key.beta2),
    }
    return re.sub("@([A-Z0-9]+)@", lambda found: parts[found[1]], CONTRACT)


def _term(index: int, x: int, y: int) -> str:
    signal = f"calldataload(add(signals, 0x{32 * index:x}))" if index else "calldataload(signals)"
    return f"            holds := and(holds, accumulate(sum, 0x{x:064x}, 0x{y:064x}, {signal}))\n"


def _stored(at: int, point: G2) -> str:
    """Lines that write a point of G2, imaginary parts first."""
    (x0, x1), (y0, y1) = point
    words = (x1, x0, y1, y0)
    return "".join(
        f"            mstore(add(pairs, 0x{at + 32 * i:x}), 0x{word:064x})\n" for i, word in enumerate(words)
    )
