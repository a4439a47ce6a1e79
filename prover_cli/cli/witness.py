"""`prove-batch witness`: inputs to witnesses."""

import sys
from itertools import chain, islice
from pathlib import Path
from typing import Annotated

import typer

from prover_cli.circuits.options import PoolOptions
from prover_cli.cli.declared import as_typer_has_it
from prover_cli.cli.extras import extra
from prover_cli.faults import Code, SetupFault
from prover_cli.options.declaration import declared

EPILOG = """Example: prove-batch witness ./inputs --wasm circuit.wasm -o ./witnesses

The witnesses are those of snarkjs, byte for byte. Exit codes: 0 all are written, 1 some inputs are wrong,
2 the command or the circuit is wrong, 3 the machine failed, 130 interrupted."""


NOTHING = (
    "nothing to calculate: no source was given, and standard input is empty; give a folder of inputs "
    "(prove-batch witness ./inputs), or files"
)

STRICT_INPUTS = as_typer_has_it(declared(PoolOptions)["strict_inputs"])


def command(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            help="Folders of .json, circuit folders, .json or .jsonl files, or -.", show_default=False
        ),
    ] = None,
    wasm: Annotated[
        Path | None,
        typer.Option(
            "--wasm",
            help="The circuit's .wasm, or its folder. Default: the one beside the inputs.",
            metavar="FILE",
        ),
    ] = None,
    sym: Annotated[
        Path | None,
        typer.Option("--sym", help="Its .sym, for names. Default: the one beside the .wasm.", metavar="FILE"),
    ] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the witnesses.")] = Path("witnesses"),
    timeout: Annotated[
        float, typer.Option(help="Time limit per witness.", metavar="SECONDS", min=0.01)
    ] = 300.0,
    threads: Annotated[
        int | None, typer.Option(help="How many at a time. Default: one per core.", min=1)
    ] = None,
    strict_inputs: Annotated[bool, STRICT_INPUTS] = False,
    log: Annotated[
        bool,
        typer.Option("--log", help="Show what the circuit logs, which includes values of signals."),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show only errors.")] = False,
) -> None:
    """Calculate the witness of each input with the circuit's own .wasm."""
    with extra("wasm", "prove-batch witness"):
        from prover_cli.batch.calculation import Calculators, calculate_all
        from prover_cli.batch.given_inputs import GivenInputs
    from prover_cli.batch.output_check import check_folder
    from prover_cli.circuits.solvers import FEW_WITNESSES, Programs, program_for
    from prover_cli.cli.standard_streams import STREAM, may_hold_jobs, refuse_closed
    from prover_cli.counting import counted
    from prover_cli.formats.companions import companion
    from prover_cli.intake.ignored import ignored_warnings
    from prover_cli.intake.sources import refuse_missing
    from prover_cli.names import printable, shown
    from prover_cli.pool.limits import machine_limits
    from prover_cli.pool.pool_events import reduced_warning
    from prover_cli.stop import INTERRUPTED, Stop
    from prover_cli.systems.choice import native_error

    names = list(sources or ())
    is_stream_taken = not names and may_hold_jobs()
    if is_stream_taken:
        names = [STREAM]
    refuse_closed(names)
    if not names:
        raise SetupFault(Code.NO_SOURCE, "no inputs: give a folder of .json, files, or - for JSONL")
    refuse_missing(names)
    check_folder(out)
    code = _wasm(wasm, names)
    made = failed = 0
    told_reduced = False
    stop = Stop()
    with stop.on_signals():
        inputs = GivenInputs(names, stop)
        for words in ignored_warnings(inputs.ignored):
            print(f"warning: {printable(words)}", file=sys.stderr)
        # A stream may bring one input now and the next in an hour: nothing waits for more of them.
        is_stream = STREAM in names
        given = iter(inputs)
        first = [] if is_stream else list(islice(given, FEW_WITNESSES))
        program = None
        if not log and native_error() is None:
            program, _ = program_for(
                code, Programs.NEW if is_stream or len(first) == FEW_WITNESSES else Programs.KEPT
            )
        symbols = sym or companion(code, ".sym")
        calculators = Calculators(code, symbols, timeout, strict=strict_inputs, program=program)
        cores = threads or machine_limits().cpus
        for one in calculate_all(
            chain(first, given), calculators, out, cores, stop, logs=log, together=not is_stream
        ):
            for line in one.logged:
                print(f"{shown(one.id, 200)}: {printable(line)}", file=sys.stderr)
            if one.reduced is not None and not told_reduced:
                told_reduced = True
                print(f"warning: {printable(reduced_warning(one.id, one.reduced))}", file=sys.stderr)
            made += one.fault is None
            failed += one.fault is not None
            if one.fault is not None:
                print(
                    f"failed {shown(one.id, 200)}: {printable(one.fault.message)} [{one.fault.code}]",
                    file=sys.stderr,
                )
    if calculators.is_wrong:
        print(
            "warning: the program that was compiled of the circuit calculated another witness than circom's "
            "code, which was taken; this is a defect of prove-batch, please report it",
            file=sys.stderr,
        )
    if is_stream_taken and not (made or failed or stop.interrupted):
        raise SetupFault(Code.NO_SOURCE, NOTHING)
    if not quiet:
        print(f"{counted(made, 'witness', 'witnesses')} in {out}, {failed} failed", file=sys.stderr)
    raise typer.Exit(INTERRUPTED if stop.interrupted else 1 if failed else 0)


def _wasm(given: Path | None, names: list[str]) -> Path:
    """Raises SetupFault NO_WASM, SEVERAL_WASM."""
    from prover_cli.formats.companions import calculators, with_endings

    if given is not None and given.exists() and not given.is_dir():
        return given
    folders = [given] if given is not None else []
    if given is None:
        for path in (Path(name) for name in names if name != "-"):
            folder = path if path.is_dir() else path.parent
            folders += [folder, folder.resolve().parent]
        folders.append(Path.cwd())
    for folder in folders:
        found = with_endings(folder, (".wasm",)) or calculators(folder)
        if len(found) == 1:
            return found[0]
        if found:
            several = ", ".join(path.name for path in found[:6])
            raise SetupFault(
                Code.SEVERAL_WASM, f"{len(found)} in {folder} ({several}); choose one with --wasm FILE"
            )
    looked = ", ".join(map(str, folders))
    raise SetupFault(
        Code.NO_WASM,
        f"no .wasm in {looked}, or in a NAME_js folder there; give the circuit's with --wasm FILE",
    )
