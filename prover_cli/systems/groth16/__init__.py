"""Groth16 over circom keys (J. Groth, "On the Size of Pairing-based Non-interactive Arguments", 2016).

`mapped` and `layout` read a key, `opened` is one that is ready to prove with, by the `native` or the
`reference` engine, and `validation` checks it. `prover` makes proofs and verifies them, and asks `judge`
about those that are not valid. `proof` and `verification_key` are snarkjs' files; `targets` is what other
verifiers take.
"""
