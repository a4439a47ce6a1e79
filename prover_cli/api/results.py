"""What `prove_many` yields, and the iterator that yields it."""

import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from prover_cli.api.batch import Batch
from prover_cli.api.wording import reworded
from prover_cli.caller_warnings import warn_caller
from prover_cli.faults import Fault
from prover_cli.names import shown
from prover_cli.outcomes.records import Record
from prover_cli.systems.protocols import Proof

Progress = Callable[[int], object]
"""Called with the number of jobs that have ended since the last call, which is 1."""


@dataclass(frozen=True, repr=False)
class JobResult:
    """How one job ended: with a proof, or with an error."""

    index: int
    """Its place among the inputs, from 0."""
    id: str
    """As it was given; else the file's name without its ending, or the index."""
    circuit: str
    """The circuit's id."""
    proof: Proof | None
    """Verified; None if there is an error. `to_json()` gives snarkjs' object."""
    public_signals: tuple[int, ...]
    """Empty if there is an error."""
    error: Fault | None
    """What was wrong with the job: `error.code` is stable, `error.message` a sentence."""
    seconds: float | None
    """Of the proof in its worker, with the calculation of the witness; None if there is an error."""
    worker: int | None
    """The worker that made it, from 0; None if there is an error."""

    @staticmethod
    def of(record: Record) -> "JobResult":
        """A finished job of the run loop."""
        made, fault = record.proved, record.fault
        return JobResult(
            record.number,
            record.id,
            record.circuit,
            made.proof if made else None,
            made.public_signals if made else (),
            reworded(fault) if fault else None,
            made.seconds if made else None,
            made.worker if made else None,
        )

    def __repr__(self) -> str:
        how = self.error.code if self.error else f"proved in {self.seconds or 0:.2f} s"
        return f"<JobResult {shown(self.id)}: {how}>"

    @property
    def ok(self) -> bool:
        """Whether there is a proof."""
        return self.error is None

    def unwrap(self) -> tuple[Proof, tuple[int, ...]]:
        """The proof and its public signals, as `prove` gives them. Raises the error if there is one."""
        if self.proof is None:
            assert self.error is not None, "a job has a proof or an error"
            raise self.error
        return self.proof, self.public_signals


class Results(Iterator[JobResult]):
    """The results of a batch, as they come. Iterate over it, in a `with` block if you may stop early.

    `len` gives the number of jobs if it is known, so that `tqdm(results)` and `rich.progress.track(results)`
    show a total. Workers end when the last result was taken, with `close`, with the `with` block, and when
    the object is no longer used, as after `break`.
    """

    def __init__(self, batch: Batch, progress: Progress | None) -> None:
        self._batch = batch
        self._progress = progress
        self._over = False
        # Not a method of this object, which would then never be collected.
        self._end = weakref.finalize(self, batch.close)
        batch.start()

    def __repr__(self) -> str:
        total = "" if self.total is None else f" of {self.total}"
        return f"<Results: {self._batch.taken}{total} taken{', closed' if self._over else ''}>"

    @property
    def total(self) -> int | None:
        """How many jobs there are; None if nobody knows yet."""
        return self._batch.total

    @property
    def workers(self) -> int:
        """Processes or threads that prove."""
        return self._batch.workers

    def __len__(self) -> int:
        if self.total is None:
            raise TypeError("the number of jobs is not known")
        return self.total

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> JobResult:
        """The next result. Raises MachineFault if the machine cannot go on (OUT_OF_MEMORY, NO_WORKER), and
        what reading the inputs raised, once the jobs before are done."""
        if self._over:
            raise StopIteration
        try:
            record = self._batch.take()
            self._show_warnings()
            if record is not None:
                self._tell_progress()
                return JobResult.of(record)
        except BaseException:  # KeyboardInterrupt above all
            self.close()
            raise
        self.close()
        if self._batch.failure is not None:
            failure = self._batch.failure
            raise reworded(failure) if isinstance(failure, Fault) else failure
        raise StopIteration

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, place: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the workers, also in the middle of a proof. What was not taken yet is dropped. Idempotent."""
        self._over = True
        self._end()

    def _show_warnings(self) -> None:
        for text in self._batch.warnings():
            warn_caller(text)

    def _tell_progress(self) -> None:
        """Calls the display. If it raises, there is one warning, and it is not called again."""
        if self._progress is None:
            return
        try:
            self._progress(1)
        except Exception as error:
            self._progress = None
            warn_caller(f"progress raised {type(error).__name__}: {error}; it is not called again")
