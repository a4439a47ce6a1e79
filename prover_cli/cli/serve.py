"""`prove-batch serve`: the pool behind HTTP."""

from dataclasses import replace

import typer

from prover_cli.circuits.options import Wanted
from prover_cli.cli.brief_help import brief
from prover_cli.cli.declared import Given, as_command, options_of, reported
from prover_cli.cli.extras import extra
from prover_cli.cli.shown import LogOptions
from prover_cli.serve.options import ServiceOptions

EPILOG = """Example: prove-batch serve --circuit transfer=./circuits/transfer --port 8080

Open http://localhost:8080 to see how to call each circuit from curl, Node and Python.

The first Ctrl-C or SIGTERM drains: new requests are refused, accepted ones are answered. The second stops at
once. Exit codes: 0 drained, 2 the command or a key is wrong, 3 the machine failed, 130 stopped at once."""

BRIEF = brief(
    *("--circuit", "--circuits", "--key", "--host", "--port", "--workers", "--max-queue", "--timeout"),
    *("--token-file", "--witness-root"),
)

OPTIONS = options_of(
    *(Wanted, ServiceOptions, LogOptions),
    first=("key", "circuit", "circuits", "host", "port", "token_file", "allowed_host", "cors_origin",
           "max_connections", "witness_root", "max_body", "max_queue", "timeout", "keep_jobs",
           "keep_seconds"),
)  # fmt: skip


def serve(given: Given) -> None:
    """Serve proofs over HTTP, with jobs by id, metrics, and a page at /. See docs/serve.md."""
    options = given.of(ServiceOptions, wanted=given.wanted([]))
    if options.timeout is None:
        options = replace(options, timeout=options.request_timeout)
    if options.strategy == "processes":
        from prover_cli.pool.forkserver import start_early

        start_early()
    with extra("serve", "prove-batch serve"):
        from prover_cli.serve.server import run_service
    from prover_cli.cli.display.service import service_display

    log = given.of(LogOptions)
    display = service_display(log.log_format, verbose=log.verbose)
    raise typer.Exit(reported(lambda: run_service(options, display), log.log_format))


command = as_command(OPTIONS, serve)
