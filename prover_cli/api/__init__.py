"""The interface for programs: what `import prover_cli` offers beyond the parts of the command line.

`single` is one proof, `many` a batch, `circuit` a circuit with its files, `given` what a caller may pass.
"""
