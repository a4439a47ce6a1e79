"""Speed, measured against peers on the same files in one run; a ratio means something where a time does not.

`players` are the provers, `contestant` is the process of one that keeps its key, `rounds` takes turns,
`stages` tells where our own time goes, and `generated` makes circuits of any size to measure on.
"""
