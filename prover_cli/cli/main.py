"""The two programs: their commands, what becomes of faults, and exit codes."""

import os
import sys
import traceback
from collections.abc import Callable
from typing import Annotated, Any

import typer

from prover_cli.cli import (
    batch,
    bench,
    calldata,
    check,
    doctor,
    enqueue,
    explain,
    key,
    plan,
    serve,
    standard_streams,
    verify,
    witness,
    work,
)
from prover_cli.cli.configuration import configured_options
from prover_cli.cli.declared import command
from prover_cli.core_dumps import switch_off as switch_off_core_dumps
from prover_cli.faults import Code, Fault, shortage
from prover_cli.names import of_file, printable
from prover_cli.thread_faults import tell_in_a_line
from prover_cli.version import __version__

SETTINGS = {"help_option_names": ["-h", "--help"]}


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"prove-batch {__version__}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
]


def _prove_batch_app() -> typer.Typer:
    app = typer.Typer(pretty_exceptions_enable=False, context_settings=SETTINGS)
    epilog = batch.EPILOG.format(command="prove-batch")
    app.command("prove-batch", help=batch.HELP, epilog=epilog, cls=batch.BRIEF)(
        command(batch.OPTIONS, batch.prove, sources=batch.SOURCES, version=Version)
    )
    return app


def _prover_app() -> typer.Typer:
    app = typer.Typer(
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        context_settings=SETTINGS,
        help="Groth16 proofs in batches: the toolbox around prove-batch.",
    )

    @app.callback()
    def root(version: Version = False) -> None:
        """Groth16 proofs in batches: the toolbox around prove-batch."""

    epilog = batch.EPILOG.format(command="prover batch")
    app.command("batch", help=batch.HELP, epilog=epilog, cls=batch.BRIEF)(
        command(batch.OPTIONS, batch.prove, sources=batch.SOURCES)
    )
    app.command("verify", epilog=verify.EPILOG)(verify.command)
    app.command("plan", epilog=plan.EPILOG)(plan.command)
    app.add_typer(key.app, name="key")
    app.command("witness", epilog=witness.EPILOG)(witness.command)
    app.command("check", epilog=check.EPILOG)(check.command)
    app.command("calldata", epilog=calldata.EPILOG)(calldata.command)
    app.command("serve", epilog=serve.EPILOG, cls=serve.BRIEF)(command(serve.OPTIONS, serve.serve))
    app.command("enqueue", epilog=enqueue.EPILOG)(
        command(enqueue.OPTIONS, enqueue.put, sources=enqueue.SOURCES)
    )
    app.command("work", epilog=work.EPILOG, cls=work.BRIEF)(command(work.OPTIONS, work.work))
    app.command("doctor", epilog=doctor.EPILOG, context_settings=doctor.ARGUMENTS)(doctor.command)
    app.command("explain", epilog=explain.EPILOG)(explain.command)
    app.command("bench", epilog=bench.EPILOG)(bench.command)
    return app


def _run(app: Callable[..., object], **defaults: object) -> None:
    standard_streams.prepare()
    switch_off_core_dumps()
    tell_in_a_line()
    try:
        try:
            app(**defaults)
        finally:
            sys.stdout.flush()
    except Fault as fault:
        print(f"error: {printable(fault.message)} [{fault.code}]", file=sys.stderr)
        standard_streams.give_up_output()  # what is left in it may be what could not be written
        sys.exit(fault.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        standard_streams.give_up_output()  # whoever read it has enough
        sys.exit(1)
    except Exception as error:
        if os.environ.get("PROVE_BATCH_TRACEBACK"):
            traceback.print_exc()
            sys.exit(3)
        if isinstance(error, PermissionError) and error.filename is not None:
            # pathlib raises where it is asked whether something is there (Python before 3.14).
            name = printable(of_file(os.fspath(error.filename)))
            print(f"error: {name} cannot be read: {error.strerror} [{Code.FILE_UNREADABLE}]", file=sys.stderr)
            sys.exit(2)
        short = shortage(error)
        if short is not None:
            print(f"error: {short} [{Code.OUT_OF_MEMORY}]", file=sys.stderr)
            sys.exit(3)
        print(
            f"error: this is a defect of prove-batch ({type(error).__name__}); please report it, with what "
            "PROVE_BATCH_TRACEBACK=1 adds to this message [INTERNAL]",
            file=sys.stderr,
        )
        sys.exit(3)


def _defaults(arguments: list[str]) -> dict[str, Any]:
    return configured_options(batch.sources_among(arguments), batch.OPTIONS)


def run_prove_batch() -> None:
    """`prove-batch`."""
    _run(lambda: _prove_batch_app()(default_map=_defaults(sys.argv[1:])))


def run_prover() -> None:
    """`prover`."""
    # No other command has its options in the file, and `doctor` is to tell what is wrong with it.
    batch_only = sys.argv[1:2] == ["batch"]
    _run(lambda: _prover_app()(default_map={"batch": _defaults(sys.argv[2:])} if batch_only else None))
