"""Proof systems, one per folder, behind the protocols that the rest of the program uses.

`protocols` says what a system offers, `registry` finds the system of a key, a proof or an answer, and
`tables` is an optional capability of keys. `constraints` are the circuit's, whatever the system.
"""
