"""What PLONK and FFLONK share: keys of gates, copies and powers of tau, as snarkjs makes them.

`arithmetisation` makes the gates of a circuit from its constraints. `layout` reads a key, and `mapped` maps
it. `opened` is a key that is ready to prove with, by the `native` or a `reference` engine, and `validation`
checks it. `insecure_key` makes keys for benchmarks. Each system adds its own rounds, proofs and headers.
"""
