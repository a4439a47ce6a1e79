"""Systems without what POSIX has: nothing that is imported or proved depends on it."""

import builtins
import mmap
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from conftest import SAMPLES, needs_native

from prover_cli import cache_folder
from prover_cli.benchmark import players
from prover_cli.faults import SetupFault
from prover_cli.options.sizes import parse_size
from prover_cli.prepared.making import make
from prover_cli.prepared.tables import MappedTables
from prover_cli.systems.registry import engine_for, map_key
from prover_cli.systems.tables import Preparable
from prover_cli.witness import address_space

POSIX_ONLY = ("fcntl", "grp", "pwd", "resource", "termios")

KEY = SAMPLES / "membership" / "circuit.zkey"


@pytest.fixture
def without_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def imported(name: str, *more: Any) -> ModuleType:
        if name in POSIX_ONLY:
            raise ImportError(f"No module named {name!r}")
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", imported)


def test_every_module_is_imported_without_the_modules_of_posix() -> None:
    """In a process of its own: what this one has imported says nothing."""
    script = f"""
        import importlib, pkgutil, sys
        class Refuses:
            def find_spec(self, name, path=None, target=None):
                if name in {POSIX_ONLY} and sys._getframe(1):
                    frame = sys._getframe(1)
                    while frame and "importlib" in frame.f_code.co_filename:
                        frame = frame.f_back
                    if frame and "prover_cli" in frame.f_code.co_filename:
                        raise ImportError(name)
        for name in {POSIX_ONLY}:
            sys.modules.pop(name, None)
        sys.meta_path.insert(0, Refuses())
        import prover_cli
        for module in pkgutil.walk_packages(prover_cli.__path__, "prover_cli."):
            if not module.name.startswith("prover_cli.native"):
                importlib.import_module(module.name)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr


@needs_native
def test_tables_are_mapped_where_the_system_takes_no_advice(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapped = map_key(KEY)
    opened = engine_for(mapped.system, "native").open(mapped)
    assert isinstance(opened, Preparable)
    plan = opened.plan_tables(parse_size("20MB"))
    assert plan is not None
    made = make(mapped, opened, plan, budget=parse_size("20MB"), threads=1)
    monkeypatch.delattr(mmap, "MADV_HUGEPAGE", raising=False)
    monkeypatch.delattr(os, "posix_fallocate")
    MappedTables(made.path).check()


def test_limits_that_the_system_does_not_know_are_none(without_resource: None) -> None:
    assert address_space.address_space_is_limited() is False


def test_a_command_whose_time_cannot_be_told_is_refused(without_resource: None) -> None:
    with pytest.raises(SetupFault) as raised:
        players._children_cpu()
    assert raised.value.code == "NO_PEER"


def test_a_cache_folder_needs_no_user_id(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", nowhere)
    monkeypatch.delattr(os, "getuid")
    assert cache_folder.cache_folder() == Path(os.devnull) / "prove-batch"
