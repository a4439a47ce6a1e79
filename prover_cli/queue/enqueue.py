"""`prove-batch enqueue`: adds jobs to the queue without waiting for their proofs. Prints one JSON line per
job to standard output, with the job's name in the queue."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from prover_cli.cache_folder import manifest_secret
from prover_cli.circuits.finding import find_circuits
from prover_cli.circuits.keys import Keys, open_solvers, warn_of_unusable
from prover_cli.circuits.options import Wanted
from prover_cli.faults import Code, Fault, JobFault, MachineFault, SetupFault
from prover_cli.intake.ignored import ignored_warnings
from prover_cli.intake.jobs import Job
from prover_cli.intake.sources import Sources, refuse_missing, source_folders
from prover_cli.names import printable
from prover_cli.outcomes.result import encode, fault_json
from prover_cli.pool.job import ProveJob
from prover_cli.pool.pool_events import reduced_warning
from prover_cli.queue.connection import check
from prover_cli.queue.options import ProduceOptions
from prover_cli.queue.packing import Packer
from prover_cli.queue.producer import Producer
from prover_cli.stop import INTERRUPTED, Stop

LOOK_SECONDS = 0.5
"""Between two checks of a full queue."""


def enqueue(names: Sequence[str], wanted: Wanted, options: ProduceOptions) -> int:
    """Adds all jobs and returns the exit code. Raises SetupFault, MachineFault."""
    if not names:
        raise SetupFault(
            Code.NO_SOURCE, "nothing to enqueue: pass a folder of witnesses, files, or - for JSONL"
        )
    refuse_missing(names)
    stop = Stop()
    with stop.on_signals():
        circuits = find_circuits(wanted, source_folders(names), Path.cwd())
        keys = Keys.usable_of(circuits)
        sources = Sources(names, circuits, keys, stop)
        keys = keys.limited_to(sources.circuits)
        if sources.circuits is None:
            warn_of_unusable(keys, _Words())
        for words in ignored_warnings(sources.ignored):
            _Words().warn(words)
        open_solvers(keys, sources.inputs, _Words(), interruptible=True)
        return asyncio.run(_enqueue(sources, keys, options, stop))


class _Words:
    """Warnings on standard error."""

    def warn(self, text: str) -> None:
        print(f"warning: {printable(text)}", file=sys.stderr)


async def _enqueue(sources: Sources, keys: Keys, options: ProduceOptions, stop: Stop) -> int:
    await check(options.where.redis, options.where.events)
    packer = Packer(keys, manifest_secret(), options.witness_root, strict_inputs=options.strict_inputs)
    producer = Producer(options)
    jobs = iter(sources)
    failed = told_reduced = False
    try:
        while not stop.draining and (job := await asyncio.to_thread(next, jobs, None)) is not None:
            line: dict[str, object] = {"id": job.id, "circuitId": job.circuit}
            try:
                added, reduced = await _add(job, keys, packer, producer, options, stop)
                line |= added
                if reduced is not None and not told_reduced:
                    told_reduced = True
                    _Words().warn(reduced_warning(job.id, reduced))
            except MachineFault:
                raise
            except Fault as fault:
                failed = True
                line |= {"success": False, "error": fault_json(fault)}
            sys.stdout.buffer.write(encode(line) + b"\n")
            sys.stdout.buffer.flush()
    finally:
        await producer.close()
    return INTERRUPTED if stop.interrupted else 1 if failed else 0


async def _add(
    job: Job, keys: Keys, packer: Packer, producer: Producer, options: ProduceOptions, stop: Stop
) -> tuple[dict[str, object], str | None]:
    """The fields to print for the job, and its first input that was not below the prime."""
    if job.fault is not None or job.witness is None:
        raise job.fault or JobFault(Code.BAD_LINE, "the job has no witness")
    keys.curve_of(job.circuit)
    packed = await asyncio.to_thread(packer.pack, ProveJob(job.id, job.circuit, job.witness))
    while options.outstanding and await producer.outstanding() >= options.outstanding:
        if stop.draining:
            raise JobFault(Code.CANCELLED, "not enqueued: interrupted while the queue was full")
        await asyncio.sleep(LOOK_SECONDS)
    found = await producer.add(packed.name, packed.data)
    # A job that had failed before was added again.
    state = "added" if found in (None, "failed") else found
    return {"success": True, "jobId": packed.name, "state": state}, packed.reduced
