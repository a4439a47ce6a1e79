"""One proof, made here and not by a pool: what `prove` and `fullprove` do."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from prover_cli.cli.interrupt import ended_by_interrupt
from prover_cli.faults import Code, JobFault, SetupFault

if TYPE_CHECKING:
    from prover_cli.witness.source import WitnessSource

PROOF = Annotated[Path, typer.Argument(help="File for the proof.", show_default="proof.json")]
PUBLIC = Annotated[Path, typer.Argument(help="File for the public signals.", show_default="public.json")]
THREADS = Annotated[int | None, typer.Option(help="Threads. Default: all cores.", min=1)]
ENGINE = Annotated[
    Literal["auto", "native", "reference"], typer.Option(help="The engine that makes the proof.")
]
STRICT = Annotated[bool, typer.Option("--strict-inputs", help="Refuse inputs at or above the prime.")]
QUIET = Annotated[bool, typer.Option("--quiet", "-q", help="Show nothing but errors.")]
OF_THE_SETUP = {Code.KEY_MISMATCH, Code.WASM_CORRUPT, Code.WASM_UNREADABLE, Code.WASM_UNSUPPORTED}
"""What a job fails with because its circuit's files are wrong."""
EXIT_CODES = (
    "Exit codes: 0 proved, 1 the witness or the inputs are wrong, 2 the command or the key, 3 the machine."
)


def prove_one(
    key: Path,
    given: Path,
    proof: Path,
    public: Path,
    *,
    wasm: Path | None = None,
    threads: int | None = None,
    engine: str = "auto",
    strict: bool = False,
    quiet: bool = False,
) -> None:
    """Proves a witness, or calculates it first where `given` holds inputs, and writes what snarkjs writes.

    Raises SetupFault (KEY_…, WASM_…, ENGINE_MISSING), JobFault (WITNESS_…, INPUT_…, ASSERT_FAILED,
    WITNESS_UNSATISFIED), MachineFault (DISK_FULL, OUTPUT_NOT_WRITABLE)."""
    from prover_cli.circuits import keys as checking
    from prover_cli.circuits.cautions import warn_of_cautions
    from prover_cli.circuits.circuit import Circuit
    from prover_cli.circuits.finding import key_id
    from prover_cli.cli.display import make_display
    from prover_cli.formats.snarkjs import format_public, snarkjs_text
    from prover_cli.names import printable
    from prover_cli.pool.limits import machine_limits
    from prover_cli.pool.pool_events import reduced_warning
    from prover_cli.stop import Stop
    from prover_cli.systems.choice import choose_engine
    from prover_cli.systems.registry import engine_for
    from prover_cli.witness.reading import Reader
    from prover_cli.writing import write_output

    started = time.perf_counter()
    _refuse_targets(key, given, proof, public)
    display = make_display(quiet=quiet, plain=False, verbose=False)
    choice = choose_engine(engine)
    circuit = Circuit(key_id(key), key, wasm=wasm)
    keys = checking.Keys.of([circuit])
    checking.warn_if_slow(choice, keys, display)
    warn_of_cautions(keys, display)
    try:
        checking.validate(keys, choice.engine, display, Stop())
    finally:
        display.close()
    (mapped,) = keys.mapped.values()
    code = circuit.calculator
    source = _source(given)
    if source.is_input:
        _refuse_without_calculator(given, key, code)
    with ended_by_interrupt():
        prover = engine_for(mapped.system, choice.engine).prover(mapped, constraints=circuit.constraints)
        reader = Reader(code, circuit.symbols, strict=strict, key=(mapped.layout, mapped.path))
        try:
            read = reader.read(source, str(given), b"")
        except JobFault as fault:
            if fault.kind in OF_THE_SETUP:
                raise SetupFault(fault.kind, fault.message) from None
            raise
        made = prover.prove(read.witness, str(given), threads=threads or machine_limits().cpus)
    if read.reduced is not None:
        display.warn(reduced_warning(str(given), read.reduced))
    signals = read.witness.public_signals(prover.n_public)
    write_output(public, snarkjs_text(format_public(signals)))
    write_output(proof, snarkjs_text(made.proof.to_json()))
    if not quiet:
        took = time.perf_counter() - started
        print(f"proved in {took:.2f} s → {printable(f'{proof}, {public}')}", file=sys.stderr)


def _refuse_targets(key: Path, given: Path, *targets: Path) -> None:
    """Raises SetupFault where a result would replace what it is made from, or the other result."""
    taken = {path.resolve() for path in (key, given)}
    for target in targets:
        if target.is_dir():
            raise SetupFault(Code.OUTPUT_NOT_WRITABLE, f"{target} is a folder; give a file's name")
        if target.exists() and not target.is_file():
            continue  # a device or a pipe takes both
        if target.resolve() in taken:
            raise SetupFault(
                Code.OPTIONS_CONFLICT,
                f"{target} is named twice: give two different files, in the order PROOF PUBLIC",
            )
        taken.add(target.resolve())


def _source(given: Path) -> "WitnessSource":
    """What the file holds: a `.wtns`, or a JSON object of inputs."""
    from prover_cli.intake.contents import Content, content_of, is_no_input, is_object
    from prover_cli.intake.unfit import no_input
    from prover_cli.witness.source import WitnessSource

    try:
        data = given.read_bytes()
    except OSError as error:
        raise SetupFault(Code.NO_SOURCE, f"{given} cannot be read: {error.strerror or error}") from None
    if data.startswith(b"\0asm"):
        raise SetupFault(
            Code.NO_SOURCE,
            f"{given} is WebAssembly; the order is fullprove INPUT WASM KEY, and prove KEY WITNESS|INPUT",
        )
    if is_no_input(given):
        raise SetupFault(Code.NO_SOURCE, no_input(given))
    if content_of(given) is Content.ARRAY:
        raise SetupFault(
            Code.NO_SOURCE,
            f"{given} holds an array of inputs, and this command takes one; prove-batch {given} proves all",
        )
    return WitnessSource(data=data, is_input=is_object(data))


def _refuse_without_calculator(given: Path, key: Path, code: Path | None) -> None:
    from prover_cli.circuits.keys import why_no_input

    why = why_no_input(key, code)
    if why is not None:
        raise SetupFault(Code.INPUT_UNSUPPORTED, f"{given} contains inputs, but {why}")
