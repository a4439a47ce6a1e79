"""Faults of the Rust extension in words, where a message does not name their place in a file."""

from collections.abc import Iterator
from contextlib import contextmanager

from prover_cli import _native
from prover_cli.faults import Code, JobFault
from prover_cli.formats.curves import Curve
from prover_cli.formats.wtns import Witness, not_reduced
from prover_cli.systems.opened_key import Unsatisfied


@contextmanager
def of_a_job(witness: Witness, curve: Curve) -> Iterator[None]:
    """Turns what the extension raises about a witness, with a key over `curve`, into faults of its job.
    Raises Unsatisfied, and JobFault: WITNESS_NOT_REDUCED, CANCELLED, ENGINE_FAILED."""
    try:
        yield
    except _native.NotReduced as fault:
        raise not_reduced(None, fault.args[0], curve, witness.offset) from None
    except _native.Cancelled:
        raise JobFault(Code.CANCELLED, "cancelled before it was finished") from None
    except _native.Unsatisfied:
        raise Unsatisfied from None
    except _native.NativeFault as fault:
        raise JobFault(Code.ENGINE_FAILED, words(fault)) from None


def words(fault: _native.NativeFault) -> str:
    """The message for a fault that is not reported by its place in a file."""
    match fault:
        case _native.CorruptEntry(args=(_, index, reason)):
            return f"constraint {index}: {reason}"
        case _native.NotReduced(args=(index,)):
            return f"value {index} is not below the scalar field's prime"
        case _native.Mismatch(args=(reason,)):
            return str(reason)
        case _native.Panicked(args=(place,)):
            return f"the native engine failed at {place}; please report this"
    return "the native engine failed"
