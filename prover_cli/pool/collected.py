"""Workers whose exit codes several threads may ask for at once."""

import os
import threading
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess
from multiprocessing.popen_forkserver import Popen
from multiprocessing.process import BaseProcess


class _Once(Popen):
    """The fork server tells an exit code through a pipe, once. Where two threads read it, the one that comes
    second finds the pipe empty, and CPython takes that for a code of 255 (3.11, popen_forkserver.py)."""

    def __init__(self, process_obj: BaseProcess) -> None:
        self._turn = threading.Lock()
        super().__init__(process_obj)

    def poll(self, flag: int = os.WNOHANG) -> int | None:
        if flag != os.WNOHANG:
            wait([self.sentinel])
        with self._turn:
            return super().poll(os.WNOHANG)


class CollectedProcess(ForkServerProcess):
    """The executor's thread waits for a worker's end while the pool's watch asks how it ended."""

    @staticmethod
    def _Popen(process_obj: BaseProcess) -> Popen:  # noqa: N802  (the base class's name)
        return _Once(process_obj)
