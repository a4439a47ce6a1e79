"""PLONK over keys of `snarkjs plonk setup` (A. Gabizon, Z. J. Williamson, O. Ciobotaru, ia.cr/2019/953).

`mapped` and `layout` read a key. `opened` is a key that is ready to prove with, by the `native` or the
`reference` engine, and `validation` checks it. `arithmetisation` makes the gates of a circuit from its
constraints. `proof` and `verification_key` are snarkjs' files, and `insecure_key` makes keys for benchmarks.
"""
