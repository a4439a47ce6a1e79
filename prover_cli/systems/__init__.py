"""Proof systems, a folder each, behind the protocols that the rest of the program knows.

`protocols` says what a system offers, `registry` finds the one that a key, a proof or an answer is of, and
`tables` is what a key may offer besides. `constraints` are the circuit's, whatever proves it.
"""
