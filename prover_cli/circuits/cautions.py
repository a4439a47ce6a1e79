"""Warnings about a circuit's files, given before proofs are made or accepted: the proofs would be valid, but
worth less than they seem."""

from contextlib import suppress
from pathlib import Path

from prover_cli.circuits.keys import Keys, Warns
from prover_cli.counting import counted
from prover_cli.faults import SetupFault
from prover_cli.formats.gzip_stream import MAGIC
from prover_cli.regular_file import open_regular
from prover_cli.systems.constraints import Constraints
from prover_cli.systems.protocols import ProvingKey, VerificationKey
from prover_cli.systems.registry import system_named


def warn_of_cautions(keys: Keys, display: Warns) -> None:
    """Warns about each circuit."""
    for circuit in keys.circuits:
        mapped = keys.mapped[circuit.id]
        for words in (
            uncontributed_words(str(mapped.path), mapped.verification_key),
            custom_gates_words(circuit.constraints, mapped),
        ):
            if words is not None:
                display.warn(words)


def uncontributed_words(name: str, key: VerificationKey) -> str | None:
    """What to say of a key that a ceremony begins with, which messages call `name`; None for another."""
    system = system_named(key.system)
    if not system.is_uncontributed(key):
        return None
    what, why, todo = system.uncontributed
    return (
        f"nobody has contributed to the {what} of {name} ({why}): anybody can forge proofs for it. Use it "
        f"only for testing; {todo}"
    )


def custom_gates_words(constraints: Path | None, mapped: ProvingKey) -> str | None:
    """What to say of a circuit with custom templates, for which no proof system here has gates. None for
    other circuits, and if the `.r1cs` is missing, compressed (the section comes last), or from another
    circuit."""
    if constraints is None:
        return None
    with suppress(OSError, SetupFault):
        with open_regular(constraints) as file:
            if file.read(len(MAGIC)) == MAGIC:
                return None
        opened = Constraints(constraints)
        gates = opened.layout.n_custom_gates
        if gates and opened.fits(mapped.layout):
            return (
                f"{constraints} has {counted(gates, 'use')} of custom templates, which {mapped.system} "
                "leaves out: proofs say nothing about them. Use templates with constraints instead"
            )
    return None
