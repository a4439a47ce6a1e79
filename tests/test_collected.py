"""Exit codes of workers, asked for by several threads at once."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from prover_cli.pool.forkserver import start_method

pytestmark = pytest.mark.skipif(start_method() != "forkserver", reason="there is no fork server here")


def test_every_thread_hears_how_a_worker_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pipe is read slowly, so that all threads come to it before the first one has the code."""
    from multiprocessing import forkserver

    from prover_cli.pool.collected import CollectedProcess

    real = forkserver.read_signed

    def slow(fd: int) -> int:
        time.sleep(0.05)
        return int(real(fd))

    monkeypatch.setattr(forkserver, "read_signed", slow)
    process = CollectedProcess(target=time.sleep, args=(600,))
    process.start()
    assert process.pid is not None and process.exitcode is None

    def ended() -> int | None:
        process.join(300)
        return process.exitcode

    with ThreadPoolExecutor(4) as threads:
        joins = [threads.submit(process.join, 300) for _ in range(2)]
        os.kill(process.pid, signal.SIGSEGV)
        codes = [threads.submit(ended) for _ in range(2)]
        assert [one.result(300) for one in joins] == [None, None]
        assert [one.result(300) for one in codes] == [-signal.SIGSEGV] * 2
