"""`prove-batch doctor`: what this machine gives, what is missing and what to do about it, and what a run
would go by."""

import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import prover_cli
from prover_cli.cli.json_output import print_json
from prover_cli.how_to_install import how_to_install
from prover_cli.names import printable

if TYPE_CHECKING:
    from prover_cli.cli.settings import Settings

EPILOG = """Example: prove-batch doctor

With the arguments of a run, also show what that run would use: prove-batch doctor ./witnesses --workers 3

Exit codes: 0 nothing is wrong, 1 there is a problem, 2 the command is wrong."""

ARGUMENTS = {"allow_extra_args": True, "ignore_unknown_options": True}
"""Those of a run may follow."""

EXTRAS = {"serve": ("starlette", "uvicorn"), "queue": ("bullmq", "redis"), "wasm": ("wasmtime",)}
"""What `prove-batch serve`, `prove-batch work` and witnesses from inputs need besides."""

DOCUMENTATION = Path(prover_cli.__file__).parent / "docs"
"""Pages that ship with the package."""


def command(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Also show options at their defaults.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show engine, processor, limits, what is missing, and where the options of a run come from."""
    from prover_cli.cache_folder import cache_folder
    from prover_cli.cli.display.preview import preview_json
    from prover_cli.cli.settings import settings
    from prover_cli.options.sizes import format_size
    from prover_cli.pool.forkserver import start_method
    from prover_cli.pool.limits import machine_limits
    from prover_cli.pool.sizing import plan_workers
    from prover_cli.systems.choice import native_error
    from prover_cli.version import __version__

    found = settings(context.args, context.find_root().command)
    limits = machine_limits()
    missing = native_error()
    features: list[str] = []
    arithmetic = None
    if missing is None:
        from prover_cli._native import cpu_features
        from prover_cli.systems.arithmetic import chosen_cpu

        features, arithmetic = cpu_features(), chosen_cpu()
    is_writable = _writable()
    problems = [*_of_the_machine(missing, cache_is_writable=is_writable), *found.problems]
    facts: dict[str, Any] = {
        "version": __version__,
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
        "engine": "native" if missing is None else "reference",
        "engine_missing": missing,
        "cpu_features": features,
        "arithmetic": arithmetic,
        "memory_bytes": limits.memory_bytes,
        "memory_source": limits.memory_source,
        "cpus": limits.cpus,
        "cpu_source": limits.cpu_source,
        "workers_default": plan_workers(limits.memory_mb, limits.cpus).workers,
        "start_method": start_method(),
        "extras": {name: all(map(find_spec, modules)) for name, modules in EXTRAS.items()},
        "cache": str(cache_folder()),
        "cache_writable": is_writable,
        "documentation": str(DOCUMENTATION),
        "configuration": str(found.configuration) if found.configuration else None,
        "options": [asdict(setting) for setting in found.options],
        "circuits": found.circuits,
        "problems": problems,
        "warnings": found.warnings,
        "run": preview_json(found.preview) if found.preview is not None else None,
    }
    refused = found.preview is not None and found.preview.exit_code
    code = 1 if problems or refused else 0
    if as_json:
        print_json(facts)
        raise typer.Exit(code)
    print(f"prove-batch {__version__}, Python {facts['python']}, {facts['platform']}")
    print(f"engine       {facts['engine']}" + (f" (native is missing: {missing})" if missing else ""))
    print(f"processor    {' '.join(features) or 'unknown: only the native engine can tell'}")
    if arithmetic:
        print(f"arithmetic   {arithmetic} (set PROVE_BATCH_CPU to choose another)")
    print(f"memory       {format_size(limits.memory_bytes)} ({limits.memory_source})")
    print(f"cores        {limits.cpus} ({limits.cpu_source})")
    print(f"workers      {facts['workers_default']} if a proof takes 2 GB (prove-batch plan shows why)")
    print(f"processes    started by {facts['start_method']}")
    for name, there in facts["extras"].items():
        print(f"{name:<12} " + ("installed" if there else f"not installed: {how_to_install(name)}"))
    print(f"cache        {facts['cache']}" + ("" if is_writable else " (not writable)"))
    print(f"pages        {DOCUMENTATION}")
    _show_settings(found, everything)
    for warning in found.warnings:
        print(f"warning      {printable(warning)}")
    for problem in problems:
        print(f"problem      {printable(problem)}")
    raise typer.Exit(code)


def _of_the_machine(missing: str | None, *, cache_is_writable: bool) -> Iterator[str]:
    """Problems that every run has here, and what to do about them."""
    if missing:
        yield (
            f"the fast engine is missing ({missing}): install a wheel for this platform, or a Rust compiler "
            "(https://rustup.rs), and then prove-batch again"
        )
    if not cache_is_writable:
        yield (
            "the cache folder cannot be written, so every run checks keys again: set XDG_CACHE_HOME to a "
            "writable folder"
        )


def _show_settings(found: "Settings", everything: bool) -> None:
    from prover_cli.cli.display.preview import preview_lines

    where = found.configuration or "no prove-batch.toml beside the sources or in the working directory"
    print(f"\noptions      {where}")
    shown = [setting for setting in found.options if everything or setting.source != "default"]
    for setting in shown:
        print(f"  {setting.name:<22} {_written(setting.value):<22} {setting.source}")
    if len(shown) < len(found.options):
        print(f"  {len(found.options) - len(shown)} at their defaults (--all shows them)")
    if found.preview is not None:
        print()
        print("\n".join(preview_lines(found.preview)))
        return
    for circuit, key in found.circuits.items():
        print(f"circuit      {printable(circuit)}: {printable(key)}")


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None else str(value)


def _writable() -> bool:
    from prover_cli.cache_folder import cache_folder
    from prover_cli.writing import write_atomically

    probe = cache_folder() / ".doctor"
    try:
        write_atomically(probe, b"")
        probe.unlink()
    except OSError:
        return False
    return True
