"""FFLONK over keys of `snarkjs fflonk setup` (A. Gabizon, Z. J. Williamson, ia.cr/2021/1167), over BN254.

It proves the same gates as PLONK with two commitments and two openings: polynomials are interleaved into one,
and opened at the roots of one challenge. `plonkish` has what both share. `mapped` and `layout` read a key.
`native` and `reference` are the engines, and `validation` says what is checked in a key. `proof` and
`verification_key` are snarkjs' files, and `insecure_key` makes keys for benchmarks.
"""
