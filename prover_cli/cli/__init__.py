"""The command line: one file a command, named as it is typed; displays apart in `display/`.

The two entry points import what they need when they run: worker processes import this module too (it
is the main script's), and must not pay for a terminal they do not have.
"""


def prove_batch() -> None:
    """Entry point of `prove-batch`."""
    from prover_cli.cli.main import run_prove_batch

    run_prove_batch()


def prover() -> None:
    """Entry point of `prover`."""
    from prover_cli.cli.main import run_prover

    run_prover()
