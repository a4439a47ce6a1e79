"""Many proofs, on every core: `prove_many`."""

import os
from pathlib import Path
from typing import Literal, TypedDict

from prover_cli.api.batch import Batch
from prover_cli.api.circuit import Circuit, load_circuit
from prover_cli.api.jobs import Jobs, check_jobs, path_of, plan_jobs
from prover_cli.api.results import Progress, Results
from prover_cli.api.single import Key
from prover_cli.api.wording import in_python, kind_of, python_words
from prover_cli.caller_warnings import SlowEngineWarning, warn_caller
from prover_cli.circuits.circuit import Circuit as Files
from prover_cli.circuits.finding import find_circuits
from prover_cli.circuits.keys import Keys, warn_of_unusable
from prover_cli.circuits.opening import open_keys
from prover_cli.circuits.options import PoolOptions, Wanted
from prover_cli.intake.sources import refuse_missing, source_folders
from prover_cli.pool.arguments import check_choices, check_seconds, check_whole
from prover_cli.stop import Stop
from prover_cli.systems.choice import choose_engine
from prover_cli.systems.protocols import Prover
from prover_cli.systems.registry import reference_seconds


class ManyOptions(TypedDict, total=False):
    """The options of `prove_many`, for `Circuit.prove_many`."""

    workers: int | None
    ordered: bool
    progress: Progress | None
    strict_inputs: bool
    timeout: float | None
    retries: int
    threads_per_proof: int | None
    memory_per_proof: int | None
    strategy: Literal["processes", "threads"]
    engine: Literal["auto", "native", "reference"]


def prove_many(
    inputs: Jobs,
    key: Key | None = None,
    *,
    wasm: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    ordered: bool = False,
    progress: Progress | None = None,
    strict_inputs: bool = False,
    timeout: float | None = None,
    retries: int = 1,
    threads_per_proof: int | None = None,
    memory_per_proof: int | None = None,
    strategy: Literal["processes", "threads"] = "processes",
    engine: Literal["auto", "native", "reference"] = "auto",
) -> Results:
    """Proves many jobs and yields a `JobResult` for each, as soon as it is done.

        for result in prove_many(inputs, key="transfer.zkey"):
            if result.ok:
                save(result.id, result.proof.to_json(), result.public_signals)
            else:
                print(result.id, result.error.code, result.error)

    `inputs` is any iterable of what `prove` takes (mappings of inputs, paths, witnesses), each alone or as a
    pair `(id, job)`. It may also be the path of a folder or file, as the command line takes it. An iterable
    is read in a thread of its own, no further ahead than about three jobs per worker, and no faster than you
    take results. `key` is what `prove` takes; a path as `inputs` may leave it out if the key lies nearby.

    Results come in the order in which they are done, or with `ordered` in that of the inputs. A job that
    fails is a result with an `error`, and costs no other. Every proof is verified.

    `progress` is called with 1 as each result is about to be yielded. Both of these fit as they are:

        prove_many(inputs, key, progress=tqdm_bar.update)
        prove_many(inputs, key, progress=functools.partial(rich_progress.advance, task))

    Without it, `tqdm(prove_many(inputs, key))` and `rich.progress.track(prove_many(inputs, key))` work too.

    `workers` is how many proofs are made at a time; by default the formula decides, from memory and cores.
    `threads_per_proof` are threads of each; by default the cores are shared out. `memory_per_proof` is in
    bytes, and is by default estimated. `timeout` is the most seconds that a proof may take, and `retries` how
    often a job is tried again after its worker died. `strict_inputs` refuses values that are not below the
    prime. `strategy` is what a worker is; processes never import your `__main__`, so a notebook, a REPL and a
    script without `if __name__ == "__main__"` work. `engine` is auto, native or reference.

    To stop early, use `with prove_many(…) as results`, or leave the `for` loop: the workers are ended.

    Raises at once SetupFault (KEY_…, WASM_…, NO_SOURCE, EMPTY_DIRECTORY, ENGINE_MISSING), MachineFault
    OUT_OF_MEMORY, and TypeError or ValueError for a wrong argument. Iterating raises MachineFault
    (NO_WORKER, OUT_OF_MEMORY) if the machine cannot go on, and what your iterable raises, once the jobs
    before it are done.
    """
    check_jobs(inputs)
    check_whole(
        {
            "workers": (workers, 1),
            "retries": (retries, 0),
            "threads_per_proof": (threads_per_proof, 1),
            "memory_per_proof": (memory_per_proof, 1),
        }
    )
    check_choices(strategy=strategy, engine=engine)
    check_seconds(timeout)
    if progress is not None and not callable(progress):
        hint = ": progress=bar.update" if hasattr(progress, "update") else ""
        raise TypeError(f"progress is {kind_of(progress)}; pass a function that takes a number{hint}")
    stop = Stop()
    with python_words():
        keys = Keys.usable_of(_circuits(inputs, key, wasm))
        planned = plan_jobs(inputs, keys, stop)
        keys = keys.limited_to(planned.circuits)
        if planned.circuits is None:
            warn_of_unusable(keys, _Warnings())
        options = PoolOptions(
            wanted=Wanted(),
            workers=workers,
            threads_per_proof=threads_per_proof,
            strategy=strategy,
            memory_per_proof=memory_per_proof,
            retries=retries,
            timeout=timeout,
            engine=_engine(engine, key, keys),
            strict_inputs=strict_inputs,
        )
        opened = open_keys(
            options,
            keys,
            _Warnings(),
            stop,
            jobs=planned.total,
            inputs=planned.inputs,
            first_of=planned.first_of,
        )
        assert opened is not None, "nothing interrupts it"
        return Results(Batch(opened, planned, stop, ordered=bool(ordered)), progress)


def _circuits(inputs: Jobs, key: Key | None, wasm: str | os.PathLike[str] | None) -> list[Files]:
    """The circuits of the batch: one, unless a path leads to several."""
    if key is None:
        if not isinstance(inputs, str | os.PathLike):
            raise TypeError(
                "prove_many needs a key: prove_many(inputs, key), with its path or what was loaded"
            )
        path = path_of(inputs)
        refuse_missing([path])
        named = [os.fspath(wasm)] if wasm is not None else []
        return find_circuits(Wanted(wasm=named), source_folders([path]), Path.cwd())
    if isinstance(key, Prover):
        key = key.path
    if isinstance(key, str | os.PathLike):
        return [load_circuit(key, wasm=wasm).files]
    if not isinstance(key, Circuit):
        raise TypeError(f"key is {kind_of(key)}; pass a path, or what load_key or load_circuit gave")
    if wasm is not None:
        return [load_circuit(key.key, id=key.id, wasm=wasm, r1cs=key.r1cs, sym=key.sym).files]
    return [key.files]


def _engine(engine: str, key: Key | None, keys: Keys) -> str:
    """The engine to take. Warns if it is the slow one and nobody asked for it."""
    if engine == "auto" and isinstance(key, Circuit):
        engine = key.engine
    choice = choose_engine(engine)
    if choice.fell_back:
        warn_caller(choice.slow_words(reference_seconds(keys.mapped.values())), SlowEngineWarning)
    return choice.engine


class _Warnings:
    """The display of a program: warnings, and nothing else."""

    def warn(self, text: str) -> None:
        if not text.startswith("SLOW ENGINE"):  # see `_engine`
            warn_caller(in_python(text))

    def note(self, text: str) -> None:
        pass

    def checking(self, key: Path, done: int, total: int) -> None:
        pass

    def preparing(self, key: Path, done: int, total: int) -> None:
        pass
