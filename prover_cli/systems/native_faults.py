"""Faults of the Rust extension in words, where a message does not name their place in a file."""

from prover_cli import _native


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
