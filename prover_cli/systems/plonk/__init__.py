"""PLONK as snarkjs 0.7 has it, over keys made by `snarkjs plonk setup`."""
