"""The rooms of the house: which package may know which."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import prover_cli

ROOT = Path(prover_cli.__file__).parent


def modules() -> dict[str, Path]:
    """Every module of the package, by its dotted name."""
    found = {}
    for path in ROOT.rglob("*.py"):
        parts = ["prover_cli", *path.relative_to(ROOT).with_suffix("").parts]
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports, wherever the statement stands in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path} imports relatively, which this test does not follow"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(name: str) -> str:
    """The package below prover_cli that a module belongs to; a module beside them is a room of its own."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else "prover_cli"


def arrows() -> dict[str, set[str]]:
    """Each room, and the rooms that it imports from."""
    names = modules()
    found: dict[str, set[str]] = {room(name): set() for name in names}
    for name, path in names.items():
        for imported in imports(path):
            if imported.split(".")[0] == "prover_cli" and room(imported) != room(name):
                found[room(name)].add(room(imported))
    return found


def reachable(graph: Mapping[str, set[str]], start: str) -> set[str]:
    """Everything that arrows lead to from a room."""
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        for following in graph.get(ahead.pop(), set()) - seen:
            seen.add(following)
            ahead.append(following)
    return seen


def test_no_arrow_runs_back_up() -> None:
    graph = arrows()
    assert {"batch", "pool", "systems", "formats"} <= graph.keys(), "the rooms were looked for elsewhere"
    knots = {name: sorted(graph[name]) for name in graph if name in reachable(graph, name)}
    assert not knots, f"these packages lead back to themselves: {knots}"


def test_the_search_finds_a_knot() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}
    assert {name for name in graph if name in reachable(graph, name)} == {"a", "b", "c"}


def test_nobody_but_the_registry_knows_a_proof_system_by_name() -> None:
    for name, path in modules().items():
        if name.startswith("prover_cli.systems"):
            continue
        for imported in imports(path):
            assert not imported.startswith("prover_cli.systems.groth16"), f"{name} imports {imported}"


def test_the_registry_has_every_engine_of_every_system() -> None:
    from prover_cli.systems.registry import ENGINES, SYSTEMS, system_named

    for name in SYSTEMS:
        assert system_named(name).name == name
        assert {engine for system, engine in ENGINES if system == name} == {"native", "reference"}
    assert {system for system, _ in ENGINES} == set(SYSTEMS)
