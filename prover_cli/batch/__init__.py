"""The main job: jobs in, a pool in the middle, results out. Read `session` first, then `run`.

`calculation` is `prove-batch witness`, which calculates and does not prove.
"""
