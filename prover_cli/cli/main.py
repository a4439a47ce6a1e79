"""Where the program starts: what becomes of faults, and exit codes."""

import atexit
import gc
import os
import re
import sys
import threading
import traceback

from prover_cli.cli import standard_streams
from prover_cli.core_dumps import switch_off as switch_off_core_dumps
from prover_cli.faults import Code, Fault, refused_name, shortage
from prover_cli.names import printable
from prover_cli.stop import INTERRUPTED
from prover_cli.thread_faults import tell_in_a_line

JSON_LOGS = re.compile(r"(^| )--log-format[= ]json( |$)")
QUIET = re.compile(r"-q+|--quiet|--silent")


GARBAGE = 20_000
"""New objects between two looks for garbage. Importing creates many that stay, and with Python's own 700 they
are looked through again and again: a tenth of the time of a run of one small job."""


def run() -> None:
    """`prove-batch`."""
    gc.set_threshold(GARBAGE)
    try:
        _run()
    except SystemExit as done:
        if not isinstance(done.code, int):
            raise
        _leave(done.code)


def _leave(code: int) -> None:
    """Ends the process. Python would take each of a thousand modules apart first, which takes 50 ms."""
    if threading.active_count() > 1:
        sys.exit(code)  # somebody still works
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _run() -> None:
    standard_streams.prepare()
    switch_off_core_dumps()
    tell_in_a_line()
    try:
        try:
            sys.exit(_called(sys.argv[1:]))
        finally:
            sys.stdout.flush()
    except Fault as fault:
        _tell(fault)
        standard_streams.give_up_output()  # what is left in it may be what could not be written
        sys.exit(fault.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        standard_streams.give_up_output()  # whoever read it has enough
        sys.exit(1)
    except Exception as error:
        if os.environ.get("PROVE_BATCH_TRACEBACK"):
            traceback.print_exc()
            sys.exit(3)
        refused = refused_name(error)
        if refused is not None:
            _tell(refused)
            sys.exit(refused.exit_code)
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


def _tell(fault: Fault) -> None:
    """Says what ended the command, as the command line asks for: it may be what is wrong with that."""
    words = " ".join(sys.argv[1:])
    if os.environ.get("PROVE_BATCH_LOG_FORMAT") == "json" or JSON_LOGS.search(words):
        from prover_cli.cli.display.structured import StructuredDisplay

        StructuredDisplay().failed(fault)
        return
    print(f"error: {printable(fault.message)} [{fault.code}]", file=sys.stderr)
    from prover_cli.cli.display.actions import actions

    workflow = actions()
    if workflow is not None:
        workflow.failed(fault)


def _quieter(arguments: list[str]) -> list[str]:
    """More than one `-q` is `-qq`."""
    several = [one for one in arguments if QUIET.fullmatch(one)]
    if len(several) < 2 and not any(one.startswith("-qqq") for one in several):
        return arguments
    return ["-qq", *(one for one in arguments if one not in several)]


def _called(arguments: list[str]) -> int:
    """The exit code. Raises Fault, also for what the parser of the command line refuses."""
    from prover_cli.cli.batch import OPTIONS, sources_among
    from prover_cli.cli.configuration import configured_options
    from prover_cli.cli.program import NAME, RUN, command_in, tell_of_a_namesake, the_program
    from prover_cli.cli.refusals import as_fault

    named = command_in(arguments)
    if named is None:
        arguments = _quieter(arguments)
    tell_of_a_namesake(named)
    # No command has its options in the file, and `doctor` is to tell what is wrong with it.
    defaults = {RUN: configured_options(sources_among(arguments), OPTIONS)} if named is None else None
    try:
        code = the_program()(arguments, NAME, standalone_mode=False, default_map=defaults)
    except Exception as error:
        refused = as_fault(error)
        if refused is None:
            raise
        raise refused from None
    return code if isinstance(code, int) else 0
