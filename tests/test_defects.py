"""A proof of ours that does not hold: a witness at fault and a defect of ours are told apart."""

from pathlib import Path

import pytest
from conftest import SAMPLES, mapped

from prover_cli.errors import JobFault
from prover_cli.formats.proof import Proof
from prover_cli.formats.wtns import Witness, parse_witness
from prover_cli.groth16 import checked
from prover_cli.groth16.blinding import Blinding
from prover_cli.groth16.checked import PlainPath, prove_checked
from prover_cli.groth16.reference import ReferenceKey

QUARTIC = SAMPLES / "quartic"


class WrongKey(ReferenceKey):
    """A fast path with a defect: it proves with another witness than it was given."""

    def prove(self, witness: Witness, blinding: Blinding, threads: int) -> Proof:
        return super().prove(witness_of(QUARTIC, 1), blinding, threads)


def witness_of(sample: Path, number: int) -> Witness:
    return parse_witness((sample / "witnesses" / f"{number:04}.wtns").read_bytes(), str(number))


def test_the_plain_path_saves_the_proof_and_the_defect_is_reported() -> None:
    key = mapped(QUARTIC)
    plain = PlainPath(lambda: ReferenceKey(key))
    found = prove_checked(WrongKey(key), witness_of(QUARTIC, 0), "w", plain=plain)
    assert found.defect
    good = prove_checked(ReferenceKey(key), witness_of(QUARTIC, 0), "w", plain=plain)
    assert not good.defect


def test_a_witness_at_fault_stays_one_and_asks_at_most_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    key = mapped(QUARTIC)
    asked: list[int] = []

    def opened() -> ReferenceKey:
        asked.append(1)
        return ReferenceKey(key)

    plain = PlainPath(opened)
    witness = witness_of(QUARTIC, 0)
    bad = Witness(witness.curve, witness.values[:-32] + (7).to_bytes(32, "little"), 0)
    for _ in range(3):
        with pytest.raises(JobFault, match="breaks a constraint"):
            prove_checked(ReferenceKey(key), bad, "w", plain=plain)
    assert len(asked) == 1
    monkeypatch.setattr(checked, "PLAIN_EVERY_SECONDS", 0.0)
    with pytest.raises(JobFault):
        prove_checked(ReferenceKey(key), bad, "w", plain=plain)
    assert len(asked) == 2
