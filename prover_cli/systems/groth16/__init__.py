"""Groth16 over circom keys (J. Groth, "On the Size of Pairing-based Non-interactive Arguments", 2016).

`mapped` and `layout` read a key. `opened` is a key that is ready to prove with, by the `native` or the
`reference` engine, and `validation` checks it. `proof` and `verification_key` are snarkjs' files. `targets`
has the formats of other verifiers, and `insecure_key` makes keys for benchmarks.
"""
