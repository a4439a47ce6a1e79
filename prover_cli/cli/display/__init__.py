"""What a run shows, always on standard error: live at a terminal, plain lines elsewhere, JSON objects for
machines, or nothing."""

import sys

from prover_cli.batch.session import Display
from prover_cli.supervision import show_logs


def make_display(
    *, quiet: bool, plain: bool, verbose: bool, log_format: str = "text", silent: bool = False
) -> Display:
    """The display that fits where standard error goes."""
    from prover_cli.cli.display.actions import actions
    from prover_cli.cli.display.steady import SteadyDisplay

    inner = _display(quiet=quiet, plain=plain, verbose=verbose, log_format=log_format, silent=silent)
    display = SteadyDisplay(inner, None if silent or log_format == "json" else actions())
    show_logs(display.warn, verbose=verbose)
    return display


def _display(*, quiet: bool, plain: bool, verbose: bool, log_format: str, silent: bool) -> Display:
    if silent:
        from prover_cli.cli.display.quiet import SilentDisplay

        return SilentDisplay()
    if quiet:
        from prover_cli.cli.display.quiet import QuietDisplay

        return QuietDisplay()
    if log_format == "json":
        from prover_cli.cli.display.structured import StructuredDisplay

        return StructuredDisplay()
    if plain or not sys.stderr.isatty():
        from prover_cli.cli.display.plain import PlainDisplay

        return PlainDisplay(verbose=verbose)
    from prover_cli.cli.display.live import LiveDisplay

    return LiveDisplay(verbose=verbose)
