"""The command line: one file a command, named as it is typed; displays apart in `display/`.

The entry point imports what it needs when it runs: worker processes import this module too (it is the main
script's), and must not pay for a terminal they do not have.
"""


def prove_batch() -> None:
    """Entry point of `prove-batch`."""
    from prover_cli.cli.main import run

    run()
