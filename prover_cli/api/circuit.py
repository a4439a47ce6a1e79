"""A circuit with its files, found as the command line finds them: `load_circuit`."""

import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from prover_cli.api.wording import kind_of, python_words
from prover_cli.circuits.circuit import Circuit as Files
from prover_cli.circuits.finding import find_circuits
from prover_cli.circuits.named_files import with_named_files
from prover_cli.circuits.options import Wanted
from prover_cli.faults import Code, SetupFault
from prover_cli.formats.companions import keys_in
from prover_cli.names import shown

if TYPE_CHECKING:
    from prover_cli.api.given import Given
    from prover_cli.api.jobs import Jobs
    from prover_cli.api.many import ManyOptions
    from prover_cli.api.results import Results
    from prover_cli.systems.protocols import Proof, Prover, VerificationKey

MOST_NAMED = 8


class Circuit:
    """A circuit and its files. The key is opened when it is first needed, and stays open. Safe to share among
    threads; `load_circuit` makes it."""

    def __init__(self, files: Files, engine: str = "auto") -> None:
        self.files = files
        """The files, as they were named or found."""
        self._engine = engine
        self._prover: Prover | None = None
        self._opening = threading.Lock()

    def __repr__(self) -> str:
        names = ", ".join(path.name for path in (self.key, self.wasm, self.r1cs, self.sym) if path)
        return f"<Circuit {self.id}: {names}>"

    @property
    def id(self) -> str:
        """Its name: that of its folder, or of its key."""
        return self.files.id

    @property
    def key(self) -> Path:
        """Its `.zkey`."""
        return self.files.key

    @property
    def wasm(self) -> Path | None:
        """Its `.wasm`, which calculates witnesses; None if there is none."""
        return self.files.calculator

    @property
    def r1cs(self) -> Path | None:
        """Its `.r1cs`; None if there is none. With it, errors name the constraint that a witness breaks."""
        return self.files.constraints

    @property
    def sym(self) -> Path | None:
        """Its `.sym`; None if there is none. With it, errors name signals."""
        return self.files.symbols

    @property
    def engine(self) -> str:
        """auto, native or reference."""
        return self._engine

    @property
    def prover(self) -> "Prover":
        """Its key, opened; see `load_key`, also for what it raises."""
        from prover_cli.api.single import load_key

        with self._opening:
            if self._prover is None:
                self._prover = load_key(self.key, engine=self._engine, constraints=self.r1cs)
            return self._prover

    @property
    def verification_key(self) -> "VerificationKey":
        """Its verification key; `to_json()` gives snarkjs' object."""
        return self.prover.verification_key

    def prove(
        self, inputs: "Given", *, threads: int = 1, strict_inputs: bool = False
    ) -> "tuple[Proof, tuple[int, ...]]":
        """One proof and its public signals; see `prover_cli.prove`."""
        from prover_cli.api.single import prove

        return prove(self, inputs, threads=threads, strict_inputs=strict_inputs)

    def prove_many(self, inputs: "Jobs", **options: "Unpack[ManyOptions]") -> "Results":
        """Proofs of many jobs; see `prover_cli.prove_many`."""
        from prover_cli.api.many import prove_many

        return prove_many(inputs, self, **options)

    def verify(
        self, proof: "Proof | Mapping[str, Any]", public_signals: Sequence[int] | Sequence[str]
    ) -> bool:
        """Whether a proof of this circuit is valid; see `prover_cli.verify`."""
        from prover_cli.api.single import verify

        return verify(self, proof, public_signals)


def load_circuit(
    path: str | os.PathLike[str],
    *,
    id: str | None = None,
    wasm: str | os.PathLike[str] | None = None,
    r1cs: str | os.PathLike[str] | None = None,
    sym: str | os.PathLike[str] | None = None,
    engine: str = "auto",
) -> Circuit:
    """The circuit of a folder or of a `.zkey`, with the files that belong to it. Nothing is opened yet.

    Files are found as the command line finds them, in the layouts of circom, snarkjs, circomkit and hardhat.
    If a folder holds several circuits, `id` says which. `wasm`, `r1cs` and `sym` name files that lie
    elsewhere. `engine` is auto, native or reference.

    Raises SetupFault: NO_KEY if there is none, SEVERAL_KEYS (the message names the choices),
    KEY_UNREADABLE, WASM_UNREADABLE, R1CS_UNREADABLE, SYMBOLS_UNREADABLE.
    """
    named = {"path": path, "wasm": wasm, "r1cs": r1cs, "sym": sym}
    for name, value in named.items():
        if not isinstance(value, str | os.PathLike) and (name == "path" or value is not None):
            raise TypeError(f"{name} is {kind_of(value)}; pass a path")
    if id is not None and not isinstance(id, str):
        raise TypeError(f"id is {kind_of(id)}; pass a string")
    with python_words():
        files = _with_files(_chosen(Path(path), id), wasm=wasm, r1cs=r1cs, sym=sym)
    return Circuit(files, engine)


def _with_files(found: Files, **named: str | os.PathLike[str] | None) -> Files:
    """The circuit with the files that were named for it. Raises SetupFault."""
    # An option's `ID=PATH` is parted at the first equals sign: this id has none.
    given = {kind: [f"circuit={os.fspath(path)}"] for kind, path in named.items() if path is not None}
    wanted = Wanted(wasm=given.get("wasm", ()), r1cs=given.get("r1cs", ()), sym=given.get("sym", ()))
    (files,) = with_named_files([replace(found, id="circuit")], wanted)
    return replace(files, id=found.id)


def _chosen(place: Path, id: str | None) -> Files:
    """The only circuit there, or the one with this id. Raises SetupFault."""
    if not place.is_dir():
        (found,) = find_circuits(Wanted(key=place), [], Path.cwd())
        return found if id is None else replace(found, id=id)
    keys = keys_in(place)
    if len(keys) == 1:
        (found,) = find_circuits(Wanted(key=place), [], Path.cwd())
        return found if id is None else _with_id(id, [found, replace(found, id=next(iter(keys)))], place)
    try:
        circuits = find_circuits(Wanted(circuits=place), [], Path.cwd())
    except SetupFault as fault:
        if fault.kind is Code.NO_CIRCUIT:
            raise SetupFault(
                Code.NO_KEY, f"no .zkey in {place} or below; pass the circuit's folder or its .zkey"
            ) from None
        if fault.kind is Code.SEVERAL_KEYS:  # two with one id
            words = fault.message.partition(";")[0]
            raise SetupFault(fault.kind, f"{words}; pass the path of one of these keys") from None
        raise
    circuits = [circuit for circuit in circuits if circuit.key.parent == place] or circuits
    if id is not None:
        return _with_id(id, circuits, place)
    if len(circuits) > 1:
        raise SetupFault(
            Code.SEVERAL_KEYS,
            f"{len(circuits)} circuits in {place}: {_choices(circuits)}; choose one with id=…, or pass the "
            "path of its key",
        )
    return circuits[0]


def _with_id(id: str, circuits: Sequence[Files], place: Path) -> Files:
    found = next((circuit for circuit in circuits if circuit.id == id), None)
    if found is None:
        raise SetupFault(
            Code.NO_CIRCUIT, f'no circuit in {place} has the id "{shown(id)}"; there is {_choices(circuits)}'
        )
    return found


def _choices(circuits: Sequence[Files]) -> str:
    names = list(dict.fromkeys(f"{shown(circuit.id)} ({circuit.key})" for circuit in circuits))
    return ", ".join(names[:MOST_NAMED]) + ", …" * (len(names) > MOST_NAMED)
