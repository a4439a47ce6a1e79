"""Speed, measured against other provers on the same files in one run. A ratio is meaningful where an absolute
time is not.

`players` are the provers, `contestant` is the process of a prover that keeps its key, `rounds` alternates
between them, `stages` measures the steps of our own proofs, and `generated` makes circuits of any size.
"""
