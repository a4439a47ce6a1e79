"""What becomes of jobs: `outcome` is a worker's answer, `records` what sinks and displays share.

`result` is the same in JSON, and `listeners` are those who are told.
"""
