"""From circuits as people name them to a pool that proves them: find, check, prepare, size, open.

What a run, the HTTP service and a queue's worker have in common.
"""
