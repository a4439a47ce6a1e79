"""Groth16 over circom keys (J. Groth, "On the Size of Pairing-based Non-interactive Arguments", 2016).

`mapped` and `layout` read a key. `opened` is a key that is ready to prove with, by the `native` or the
`reference` engine, and `validation` checks it. `prover` makes and verifies proofs, and calls `judge` about
invalid ones. `proof` and `verification_key` are snarkjs' files. `targets` has the formats of other verifiers.
"""
