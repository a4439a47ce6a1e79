"""Options as data: each is declared once, where its value is used.

A dataclass that something goes by declares its fields with `declaration.option`. The commands, the
environment, `prove-batch.toml`, the help and `prove-batch doctor` all read that declaration.
"""
