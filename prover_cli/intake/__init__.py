"""Jobs on their way in: files, folders, streams and JSON objects become jobs, or faults that say why not.

`sources` walks what a run was given, `lines` and `streams` read it, `jsonl` parses one line. `asked`,
`members` and `paths` read one job in JSON, for pipes, HTTP and the queue alike.
"""
