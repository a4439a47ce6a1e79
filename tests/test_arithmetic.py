"""Which kind of the processor's instructions the native engine uses, and who decides that."""

from pathlib import Path

import pytest

from prover_cli.pool.job import WorkerSetup

_native = pytest.importorskip("prover_cli._native")

MEMBERSHIP = Path(__file__).parent.parent / "samples" / "membership"


@pytest.fixture(autouse=True)
def unhanded(monkeypatch: pytest.MonkeyPatch) -> None:
    from prover_cli.systems import arithmetic

    monkeypatch.setattr(arithmetic, "_handed", None)
    monkeypatch.delenv("PROVE_BATCH_CPU", raising=False)


def test_what_works_is_said_for_each_curve() -> None:
    for curve in (None, "bn128", "bls12381"):
        kinds = _native.cpus(curve)
        assert "portable" in kinds
        assert len(set(kinds)) == len(kinds)
        assert all(_native.works(kind, curve) for kind in kinds)
        assert not _native.works("mmx", curve)
    assert set(_native.cpus()) == set(_native.cpus("bn128")) & set(_native.cpus("bls12381"))
    with pytest.raises(ValueError, match="unknown curve"):
        _native.cpus("bn256")


def test_a_worker_uses_what_the_main_process_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    from prover_cli.pool.worker import Worker
    from prover_cli.systems.arithmetic import chosen_cpu
    from prover_cli.systems.groth16.mapped import MappedKey
    from prover_cli.systems.groth16.native import NativeKey

    assert chosen_cpu() == _native.cpus()[0]
    # Not what a worker would choose on a processor that has anything better.
    Worker(WorkerSetup("native", (), 1, True, b"", None, arithmetic="portable"))
    assert chosen_cpu() == "portable"
    assert NativeKey(MappedKey(MEMBERSHIP / "circuit.zkey")).rows == "portable"
    monkeypatch.setenv("PROVE_BATCH_CPU", _native.cpus()[0])
    assert chosen_cpu() == _native.cpus()[0]


def test_what_does_not_work_in_a_worker_is_not_used() -> None:
    from prover_cli.systems.arithmetic import chosen_cpu, hand

    hand("mmx")
    assert chosen_cpu("bn128") == _native.cpus("bn128")[0]


def test_the_pool_hands_the_choice_to_its_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    from prover_cli.pool import pool
    from prover_cli.pool.job import CircuitFile
    from prover_cli.pool.slot import slot_maker

    given: list[WorkerSetup] = []
    make = slot_maker

    def noting(strategy: str, setup: WorkerSetup, workers: int) -> object:
        given.append(setup)
        return make(strategy, setup, workers)

    monkeypatch.setattr(pool, "slot_maker", noting)
    monkeypatch.setenv("PROVE_BATCH_CPU", "portable")
    circuit = CircuitFile.of("membership", str(MEMBERSHIP / "circuit.zkey"))
    for engine in ("native", "reference"):
        with pool.WorkerPool([circuit], 1, strategy="threads", engine=engine):
            pass
    assert [setup.arithmetic for setup in given] == ["portable", None]
