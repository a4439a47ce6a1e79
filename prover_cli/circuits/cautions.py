"""What is told of a circuit's files before proofs are made or believed: the proofs would be valid, and yet
say less than they seem to."""

from collections.abc import Iterator
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
    """Tells them of all circuits."""
    for words in _cautions(keys):
        display.warn(words)


def _cautions(keys: Keys) -> Iterator[str]:
    for circuit in keys.circuits:
        mapped = keys.mapped[circuit.id]
        yield from filter(
            None,
            (
                uncontributed_words(str(mapped.path), mapped.verification_key),
                custom_gates_words(circuit.constraints, mapped),
            ),
        )


def uncontributed_words(name: str, key: VerificationKey) -> str | None:
    """What to say of a key that a ceremony begins with, which messages call `name`; None for another."""
    if not system_named(key.system).is_uncontributed(key):
        return None
    return (
        f"nobody has contributed to the setup of {name} (delta equals gamma): anybody can forge proofs for "
        "it. Use it only for testing; `snarkjs zkey contribute` makes a key that can be used"
    )


def custom_gates_words(constraints: Path | None, mapped: ProvingKey) -> str | None:
    """What to say of a circuit with custom templates if the proof system has no gates for them. None for
    others, and if the `.r1cs` is not at hand, is compressed (the section is at its end), or belongs to
    another circuit."""
    system = mapped.system
    if constraints is None or system_named(system).has_custom_gates:
        return None
    with suppress(OSError, SetupFault):
        with open_regular(constraints) as file:
            if file.read(len(MAGIC)) == MAGIC:
                return None
        opened = Constraints(constraints)
        gates = opened.layout.n_custom_gates
        if gates and opened.fits(mapped.layout):
            return (
                f"{constraints} has {counted(gates, 'use')} of custom templates, which {system} leaves out: "
                "proofs say nothing about them. Use templates with constraints instead"
            )
    return None
