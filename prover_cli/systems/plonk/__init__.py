"""PLONK over keys of `snarkjs plonk setup` (A. Gabizon, Z. J. Williamson, O. Ciobotaru, ia.cr/2019/953).

`plonkish` has what it shares with FFLONK. `mapped` and `layout` read a key. `native` and `reference` are the
engines, and `validation` says what is checked in a key. `proof` and `verification_key` are snarkjs' files,
and `insecure_key` makes keys for benchmarks.
"""
