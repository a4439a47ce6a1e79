"""Speed, measured against a peer on the same files in one run; a ratio means something where a time
does not. `contestant` is one prover in a process of its own, `rounds` takes turns."""
