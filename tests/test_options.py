"""Options are declared once, as data: commands, environment, file, help and doctor read one declaration."""

import subprocess
import sys
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest
import typer
from conftest import SAMPLES, needs_native

from prover_cli.batch.options import RunOptions
from prover_cli.circuits.options import PoolOptions, Wanted
from prover_cli.cli import batch, enqueue, serve, work
from prover_cli.cli.declared import Given, as_command, options_of
from prover_cli.cli.shown import LogOptions, ShownOptions
from prover_cli.faults import SetupFault
from prover_cli.options.declaration import Option, declared
from prover_cli.queue.options import EnqueueOptions, QueueOptions, WorkOptions
from prover_cli.serve.options import ServiceOptions

DATACLASSES = (
    Wanted, PoolOptions, RunOptions, QueueOptions, WorkOptions, EnqueueOptions, ServiceOptions, LogOptions,
    ShownOptions,
)  # fmt: skip
COMMANDS = {"batch": batch.OPTIONS, "serve": serve.OPTIONS, "work": work.OPTIONS, "enqueue": enqueue.OPTIONS}


def parameters(options: dict[str, Option]) -> dict[str, Any]:
    """Click's own, as the command line has them."""
    app = typer.Typer()
    app.command()(as_command(options, lambda given: None))
    return {str(param.name): param for param in typer.main.get_command(app).params}


def test_services_have_the_declarations_of_the_pool_itself() -> None:
    shared = {one.parameter: one for one in declared(PoolOptions).values()}
    for options in (serve.OPTIONS, work.OPTIONS):
        same = {name for name in options if name in shared and options[name] is shared[name]}
        assert len(same) >= 14
        assert same == {name for name in shared if name in options}, "none is declared again"


@pytest.mark.parametrize("name", COMMANDS)
def test_what_click_has_is_what_is_declared(name: str) -> None:
    options = COMMANDS[name]
    found = parameters(options)
    assert list(found)[: len(options)] == list(options)
    for parameter, one in options.items():
        param = found[parameter]
        assert {*param.opts, *param.secondary_opts} == {
            flag for flags in one.flags for flag in flags.split("/")
        }
        assert (param.help, param.envvar) == (one.help, one.variable)
        assert bool(param.is_flag) == one.is_switch


@pytest.mark.parametrize("name", COMMANDS)
def test_no_two_options_of_a_command_have_one_name(name: str) -> None:
    flags = [flag for one in COMMANDS[name].values() for flags in one.flags for flag in flags.split("/")]
    assert len(flags) == len(set(flags))


def test_what_is_not_given_is_the_default_of_the_field() -> None:
    """Also where it is typed in another way: the two say the same."""
    for kind in DATACLASSES:
        for one in fields(kind):
            option = declared(kind).get(one.name)
            if option is not None:
                read = option.read(option.default)
                assert (list(read) if read == [] else read) == ([] if one.default == () else one.default), (
                    f"{kind.__name__}.{one.name}"
                )


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("batch", (RunOptions, ShownOptions, LogOptions)),
        ("serve", (ServiceOptions, LogOptions)),
        ("work", (WorkOptions, LogOptions)),
        ("enqueue", (EnqueueOptions,)),
    ],
)
def test_a_command_that_is_given_nothing_has_the_defaults(name: str, kinds: tuple[type, ...]) -> None:
    seen: list[Given] = []
    app = typer.Typer()
    app.command()(as_command(COMMANDS[name], seen.append))
    app([], standalone_mode=False)
    (given,) = seen
    for kind in kinds:
        needed = {one.name: None for one in fields(kind) if one.default is MISSING}
        made: object = given.of(kind, **needed)
        for one in fields(kind):
            if one.name not in needed:
                assert getattr(made, one.name) == one.default, f"{kind.__name__}.{one.name}"


def test_given_options_are_read_into_the_dataclass() -> None:
    values = {name: one.default for name, one in batch.OPTIONS.items()}
    given = Given(values | {"workers": "3", "overhead": "1GB", "circuit": ["a=b"], "out": "-"})
    options = given.of(RunOptions, sources=["w"], wanted=given.wanted(["w"]), where=None)
    assert (options.workers, options.overhead, options.to_stdout) == (3, 1 << 30, True)
    assert list(options.wanted.circuit) == ["a=b"]
    with pytest.raises(SetupFault, match=r"^--workers takes") as raised:
        Given(values | {"workers": "many"}).of(RunOptions, sources=[], wanted=options.wanted)
    assert raised.value.code == "BAD_NUMBER"


def test_order_is_that_of_the_fields_but_for_the_first() -> None:
    assert list(options_of(ShownOptions, LogOptions)) == ["quiet", "silent", "plain", "log_format", "verbose"]
    assert next(iter(options_of(ShownOptions, LogOptions, first=("verbose",)))) == "verbose"


def test_options_name_no_library_of_the_command_line() -> None:
    import prover_cli

    root = Path(prover_cli.__file__).parent
    for path in [*(root / "options").glob("*.py"), *root.glob("*/options.py")]:
        assert "typer" not in path.read_text("utf-8"), path


def test_help_does_not_load_what_a_run_needs() -> None:
    """Each of these costs tens of milliseconds, before the first word is shown."""
    heavy = (
        "prover_cli.pool.pool",
        "prover_cli.batch.run",
        "multiprocessing",
        "psutil",
        "wasmtime",
        "orjson",
    )
    script = f"import sys, prover_cli.cli.main; print([name for name in {heavy} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_a_quiet_run_loads_nothing_to_draw_with() -> None:
    """A run of one small job takes 0.3 s; rich would add 30 ms to it, and pydantic (typer 0.29) 100."""
    script = (
        "import sys, prover_cli.cli.main, prover_cli.cli.batch\n"
        "import prover_cli.batch.session, prover_cli.batch.run\n"
        "from prover_cli.cli.display import make_display\n"
        "make_display(quiet=True, plain=False, verbose=False)\n"
        "print([name for name in ('rich.console', 'rich.table', 'pydantic') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


@needs_native
def test_a_worker_loads_nothing_that_the_fork_server_has_not(tmp_path: Path) -> None:
    """Each worker would load it again."""
    script = f"""
import sys
from pathlib import Path
import prover_cli.pool.preload
before = set(sys.modules)
from prover_cli.pool.job import CircuitFile, ProveJob, WorkerSetup
from prover_cli.pool.worker import Worker
from prover_cli.witness.source import WitnessSource
folder = Path({str(SAMPLES / "quartic")!r})
circuit = CircuitFile.of("c", str(folder / "circuit.zkey"))
worker = Worker(WorkerSetup("native", (circuit,), 1, True, b"secret", None))
outcome = worker.prove(ProveJob("a", "c", WitnessSource(str(folder / "witnesses" / "0000.wtns"))))
print(outcome.verified, sorted(set(sys.modules) - before))
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "True []\n"
