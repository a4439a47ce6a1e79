"""One witness of a circuit, ahead of the run: its values tell how much work its proofs will be."""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import islice

from prover_cli.circuits.circuit import Circuit
from prover_cli.circuits.waiting import within
from prover_cli.faults import Fault
from prover_cli.formats.wtns import Witness, check_witness
from prover_cli.stop import Stop
from prover_cli.systems.protocols import ProvingKey
from prover_cli.witness.reading import Reader
from prover_cli.witness.source import CompiledCode, WitnessSource

SAMPLE_SECONDS = 20.0
"""Most that a witness may take to be read or calculated, unless a proof may take less. Without one, a
forecast is less exact."""

TRIES = 3
"""Jobs that are looked at, the first of which may be at fault."""

FirstOf = Callable[[str], Iterable[WitnessSource]]
"""Where the witnesses of a circuit's first jobs come from; none where that is not known before the run."""


def nothing_ahead(circuit: str) -> Iterable[WitnessSource]:
    """Of a run that does not know its jobs before it reads them."""
    return ()


def sample_witness(
    sources: Iterable[WitnessSource],
    circuit: Circuit,
    key: ProvingKey,
    code: CompiledCode | None,
    stop: Stop,
    seconds: float = SAMPLE_SECONDS,
) -> Witness | None:
    """The first witness that can be proved, calculated by `code` where inputs are given. None where there is
    none, or it takes too long; what is wrong with a job is said when its turn comes. The witness must not
    outlive what it is asked for."""

    def read(source: WitnessSource) -> Witness:
        reader = Reader(circuit.calculator, None, seconds, key=(key.layout, key.path), code=code)
        witness = reader.read(source, "of a first job", b"").witness
        check_witness(witness, key.layout.curve, key.layout.n_vars, "of a first job")
        return witness

    for source in islice(sources, TRIES):
        if source.is_input and code is None:
            continue
        try:
            # In a thread, because a signal is not seen while the calculator runs.
            return within(seconds, partial(read, source), lambda: stop.interrupted)
        except TimeoutError:
            return None
        except (Fault, MemoryError):
            continue
    return None
