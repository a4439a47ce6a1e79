"""What a run shows, always on standard error: live at a terminal, plain lines elsewhere, or nothing."""

import sys

from prover_cli.batch.session import Display


def make_display(*, quiet: bool, plain: bool, verbose: bool) -> Display:
    """The display that fits where standard error goes."""
    if quiet:
        from prover_cli.cli.display.quiet import QuietDisplay

        return QuietDisplay()
    if plain or not sys.stderr.isatty():
        from prover_cli.cli.display.plain import PlainDisplay

        return PlainDisplay(verbose=verbose)
    from prover_cli.cli.display.live import LiveDisplay

    return LiveDisplay(verbose=verbose)
