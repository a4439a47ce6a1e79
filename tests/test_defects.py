"""A proof of ours that does not hold: a witness at fault and a defect of ours are told apart."""

import gzip
from pathlib import Path

import pytest
from conftest import SAMPLES, mapped

from prover_cli.faults import JobFault
from prover_cli.formats.wtns import Witness, parse_witness
from prover_cli.pool.job import CircuitFile, ProveJob, TableFile, WorkerSetup
from prover_cli.pool.worker import Worker
from prover_cli.prepared.tables import describe
from prover_cli.systems import judge
from prover_cli.systems.checked_prover import prove_checked
from prover_cli.systems.choice import native_error
from prover_cli.systems.constraints import Constraints
from prover_cli.systems.groth16.blinding import Blinding
from prover_cli.systems.groth16.proof import Proof
from prover_cli.systems.groth16.reference import ReferenceKey
from prover_cli.systems.judge import Judge
from prover_cli.witness.source import WitnessSource

QUARTIC = SAMPLES / "quartic"


class WrongKey(ReferenceKey):
    """A fast path with a defect: it proves with another witness than it was given."""

    def prove(
        self, witness: Witness, blinding: Blinding, threads: int, cancel: bytearray | None = None
    ) -> Proof:
        return super().prove(witness_of(QUARTIC, 1), blinding, threads)


def witness_of(sample: Path, number: int) -> Witness:
    return parse_witness((sample / "witnesses" / f"{number:04}.wtns").read_bytes(), str(number))


def test_the_plain_path_saves_the_proof_and_the_defect_is_reported() -> None:
    key = mapped(QUARTIC)
    plain = Judge(lambda: ReferenceKey(key))
    found = prove_checked(WrongKey(key), witness_of(QUARTIC, 0), "w", judge=plain)
    assert found.defect
    good = prove_checked(ReferenceKey(key), witness_of(QUARTIC, 0), "w", judge=plain)
    assert not good.defect


def test_with_constraints_at_hand_the_first_broken_one_is_told_and_nothing_is_proved_again() -> None:
    key = mapped(QUARTIC)

    def opened() -> ReferenceKey:
        raise AssertionError("there is no doubt, so the plain path is not asked")

    witness = witness_of(QUARTIC, 0)
    bad = Witness(witness.curve, witness.values[:-32] + (7).to_bytes(32, "little"), 0)
    told = Judge(opened, QUARTIC / "circuit.r1cs")
    with pytest.raises(JobFault, match=r"breaks constraint \d+ of .*circuit\.r1cs .*; signals \w+") as raised:
        prove_checked(ReferenceKey(key), bad, "w", judge=told)
    assert raised.value.code == "WITNESS_UNSATISFIED"


def test_a_witness_that_satisfies_the_constraints_is_never_called_unsatisfied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = mapped(QUARTIC)
    good = witness_of(QUARTIC, 0)
    judge_ = Judge(lambda: ReferenceKey(key), QUARTIC / "circuit.r1cs")
    for _ in range(2):  # each time: what the constraints say leaves no doubt that it is us
        assert prove_checked(WrongKey(key), good, "w", judge=judge_).defect
    mismatched = Judge(lambda: WrongKey(key), QUARTIC / "circuit.r1cs")
    with pytest.raises(JobFault) as raised:
        prove_checked(WrongKey(key), good, "w", judge=mismatched)
    assert raised.value.code == "KEY_MISMATCH"


def test_broken_constraints_are_the_same_by_both_arithmetics_and_gzip_is_read(
    any_sample: Path, tmp_path: Path
) -> None:
    packed = tmp_path / "circuit.r1cs.gz"
    packed.write_bytes(gzip.compress((any_sample / "circuit.r1cs").read_bytes()))
    plain, zipped = Constraints(any_sample / "circuit.r1cs"), Constraints(packed)
    witness = witness_of(any_sample, 0)
    assert plain.broken(witness) == zipped.broken(witness) == plain.broken_by_reference(witness) == []
    size = witness.curve.n8r
    for signal in (1, witness.count // 2, witness.count - 1):
        values = bytearray(witness.values)
        values[signal * size] ^= 1
        bad = Witness(witness.curve, bytes(values), 0)
        broken = plain.broken(bad, 100)
        assert broken
        assert broken == zipped.broken_by_reference(bad, 100)


def test_tables_are_not_trusted_after_a_defect(
    membership: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables damaged behind the checksum's back: the first proof is saved by the plain path, the rest is
    proved without them."""
    if native_error() is not None:
        pytest.skip("the reference engine has no tables")
    from prover_cli.prepared.making import make
    from prover_cli.systems.groth16.native import NativeKey

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    key = mapped(membership)
    opened = NativeKey(key)
    plan = opened.plan_tables(64 << 20)
    assert plan is not None
    path = make(key, opened, plan, budget=64 << 20, threads=2).path
    at = describe(path).tables[0].rows_at
    with path.open("r+b") as file:
        file.seek(at)
        rows = file.read(1 << 16)
        file.seek(at)
        file.write(bytes(byte ^ 1 for byte in rows))
    status = path.stat()
    tables = TableFile(str(path), status.st_size, status.st_mtime_ns)
    seen = key.path.stat()
    circuit = CircuitFile("membership", str(key.path), seen.st_size, seen.st_mtime_ns, tables)
    worker = Worker(WorkerSetup("native", (circuit,), 1, True, b"secret", None))
    witness = WitnessSource(path=str(membership / "witnesses" / "0000.wtns"))
    outcomes = [worker.prove(ProveJob(str(i), "membership", witness)) for i in range(3)]
    assert [outcome.defect for outcome in outcomes] == [True, False, False]


def test_a_witness_at_fault_stays_one_and_asks_at_most_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    key = mapped(QUARTIC)
    asked: list[int] = []

    def opened() -> ReferenceKey:
        asked.append(1)
        return ReferenceKey(key)

    plain = Judge(opened)
    witness = witness_of(QUARTIC, 0)
    bad = Witness(witness.curve, witness.values[:-32] + (7).to_bytes(32, "little"), 0)
    for _ in range(3):
        with pytest.raises(JobFault, match="breaks a constraint"):
            prove_checked(ReferenceKey(key), bad, "w", judge=plain)
    assert len(asked) == 1
    monkeypatch.setattr(judge, "PLAIN_EVERY_SECONDS", 0.0)
    with pytest.raises(JobFault):
        prove_checked(ReferenceKey(key), bad, "w", judge=plain)
    assert len(asked) == 2
