"""The keys of the circuits, mapped and checked before anything is proved with them."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from prover_cli.circuits.circuit import Circuit
from prover_cli.circuits.solvers import InputsAhead, Programs, Solvers, input_shapes, open_solver, program_for
from prover_cli.faults import Code, JobFault, SetupFault
from prover_cli.formats.companions import UNPACK, companion, packed_hint
from prover_cli.formats.curves import Curve
from prover_cli.how_to_install import how_to_install
from prover_cli.names import of_file, shown
from prover_cli.pool.limits import machine_limits
from prover_cli.stop import Stop
from prover_cli.systems.choice import Choice
from prover_cli.systems.protocols import ProvingKey
from prover_cli.systems.registry import engine_for, map_key, reference_seconds, system_named
from prover_cli.witness.address_space import address_space_is_limited


class Warns(Protocol):
    """Something that warnings are shown by."""

    def warn(self, text: str) -> None: ...


class Display(Warns, Protocol):
    """What checking shows."""

    def note(self, text: str) -> None: ...
    def checking(self, key: Path, done: int, total: int) -> None: ...


@dataclass(frozen=True)
class Keys:
    """Circuits and their keys, by id."""

    circuits: Sequence[Circuit]
    mapped: Mapping[str, ProvingKey]
    solvers: Solvers = field(default_factory=Solvers)

    unusable: Mapping[str, SetupFault] = field(default_factory=dict)
    """Why the keys of the other circuits cannot be used."""

    @staticmethod
    def of(circuits: Sequence[Circuit]) -> "Keys":
        """Maps them. Raises SetupFault KEY_…"""
        return Keys(circuits, {c.id: map_key(c.key) for c in circuits})

    @staticmethod
    def usable_of(circuits: Sequence[Circuit]) -> "Keys":
        """Maps those that can be: an unusable key matters only to a run that has jobs for it, see
        `limited_to`. Raises SetupFault KEY_… where none can be used."""
        mapped: dict[str, ProvingKey] = {}
        unusable: dict[str, SetupFault] = {}
        for circuit in circuits:
            try:
                mapped[circuit.id] = map_key(circuit.key)
            except SetupFault as fault:
                unusable[circuit.id] = fault
        if not mapped:
            raise next(iter(unusable.values()))
        return Keys([c for c in circuits if c.id in mapped], mapped, unusable=unusable)

    def limited_to(self, names: Set[str] | None) -> "Keys":
        """Those of some circuits only, where anybody knows which will have jobs; all for None, and where
        there would be none. Raises SetupFault KEY_… for one of them that cannot be used."""
        for name, fault in self.unusable.items():
            if names is not None and name in names:
                raise fault
        circuits = [circuit for circuit in self.circuits if names is None or circuit.id in names]
        if not circuits:
            return self
        mapped = {circuit.id: self.mapped[circuit.id] for circuit in circuits}
        return replace(self, circuits=circuits, mapped=mapped)

    def circuit(self, name: str) -> Circuit:
        """The circuit of that id, which there is."""
        return next(circuit for circuit in self.circuits if circuit.id == name)

    @property
    def only(self) -> str | None:
        """The circuit's id where there is a single one."""
        return self.circuits[0].id if len(self.circuits) == 1 else None

    def curve_of(self, circuit: str) -> Curve:
        """Raises JobFault UNKNOWN_CIRCUIT, KEY_… for one whose key cannot be used."""
        if circuit in self.unusable:
            raise JobFault(self.unusable[circuit].kind, self.unusable[circuit].message)
        if circuit not in self.mapped:
            known = ", ".join(sorted(self.mapped)[:8])
            raise JobFault(
                Code.UNKNOWN_CIRCUIT,
                f'there is no key for circuit "{shown(circuit)}"; known circuits: {known}',
            )
        return self.mapped[circuit].layout.curve

    def no_input(self, circuit: str) -> JobFault | None:
        """Why inputs cannot be taken for a circuit; None where they can, as far as it is known yet. Raises
        JobFault UNKNOWN_CIRCUIT."""
        if circuit in self.unusable:
            return JobFault(self.unusable[circuit].kind, self.unusable[circuit].message)
        self.curve_of(circuit)
        why = _why_no_input(self.mapped[circuit].path, self.circuit(circuit).wasm)
        if why is not None:
            return JobFault(Code.INPUT_UNSUPPORTED, why)
        fault = self.solvers.faults.get(circuit)
        return None if fault is None else JobFault(fault.kind, fault.message)

    def input_shapes(self, circuit: str, *, interruptible: bool) -> Mapping[str, tuple[int, ...]] | None:
        """The names of a circuit's inputs and the lengths of their arrays; None if they are not known."""
        found = self.circuit(circuit)
        code = self.solvers.code_of(circuit)
        if code is None or found.calculator is None or self.no_input(circuit):
            return None
        return input_shapes(found.calculator, found.symbols, code, interruptible=interruptible)

    @property
    def any_inputs(self) -> InputsAhead:
        """What a service expects: inputs of any circuit may come."""
        return InputsAhead(possible=frozenset(self.mapped))

    def digests(self) -> dict[str, str]:
        """SHA-256 of each key, in hex."""
        return {name: mapped.sha256 for name, mapped in self.mapped.items()}


def open_solvers(
    keys: Keys,
    ahead: InputsAhead,
    display: Warns,
    *,
    interruptible: bool,
    programs: Programs = Programs.NONE,
    note: Callable[[str], None] = lambda words: None,
) -> None:
    """Opens the calculators of circuits whose inputs will come or may. `display` is warned of one that cannot
    be used and may never be needed. `programs` says which programs are wanted. `note` is called before one is
    made that may take seconds.

    Where the address space is limited none is opened: compiling takes more of it than the main process may
    have left, and the workers open their own. Raises SetupFault (WASM_…, KEY_MISMATCH) for one that is
    needed."""
    if address_space_is_limited():
        return
    for circuit, mapped in keys.mapped.items():
        wasm = keys.circuit(circuit).calculator
        if circuit not in ahead.certain | ahead.possible or wasm is None or keys.no_input(circuit):
            continue
        try:
            found = open_solver(wasm, mapped, interruptible=interruptible)
            if programs is not Programs.NONE:
                program, how = program_for(wasm, programs, note)
                found = replace(found, program=program, how=how)
            keys.solvers.opened[circuit] = found
        except SetupFault as fault:
            if circuit in ahead.certain:
                raise
            keys.solvers.faults[circuit] = fault
            display.warn(f"inputs for {shown(circuit)} cannot be used: {fault.message} [{fault.code}]")


@cache
def _why_no_input(key: Path, named: Path | None) -> str | None:
    """Looked at once a key: it is asked for each job."""
    return why_no_input(key, named or companion(key, ".wasm"))


def why_no_input(key: Path, wasm: Path | None) -> str | None:
    """Why no inputs can be taken for a key with this calculator; None where they can."""
    if wasm is None:
        packed = companion(key, *(f".wasm{ending}" for ending in UNPACK))
        return (
            f"inputs need the circuit's .wasm: none that belongs to {key} in {key.parent} or a NAME_js "
            f"folder there{packed_hint(packed)}; give --wasm FILE, or make "
            "witnesses elsewhere"
        )
    if find_spec("wasmtime") is None:
        return f"calculating witnesses needs wasmtime; {how_to_install('wasm')}"
    return None


def warn_if_slow(choice: Choice, keys: Keys, display: Display) -> None:
    """Says so where the reference engine is to prove."""
    if choice.slow_because is None:
        return
    display.warn(choice.slow_words(reference_seconds(keys.mapped.values())))


def note_choices(keys: Keys, display: Display) -> None:
    """Says which of several keys of one circuit is taken."""
    for circuit in keys.circuits:
        if circuit.passed_over:
            others = ", ".join(shown(of_file(path.name)) for path in circuit.passed_over)
            display.note(f"using key {circuit.key} (there is also {others})")


def warn_of_unusable(keys: Keys, display: Warns) -> None:
    """Says which circuits of a stream cannot be proved."""
    for circuit, fault in keys.unusable.items():
        display.warn(f"jobs of {shown(circuit)} will fail: {fault.message} [{fault.code}]")


def validate(keys: Keys, engine: str, display: Display, stop: Stop) -> None:
    """Looks at the points of keys that were not looked at before. Raises SetupFault KEY_…"""
    unknown = [
        mapped for mapped in keys.mapped.values() if not system_named(mapped.system).is_known_valid(mapped)
    ]
    threads = machine_limits().cpus if unknown else 1
    for mapped in unknown:

        def progress(done: int, total: int, path: Path = mapped.path) -> None:
            display.checking(path, done, total)
            if stop.interrupted:
                raise KeyboardInterrupt

        opened = engine_for(mapped.system, engine).open(mapped)
        opened.ensure_valid(threads=threads, progress=progress)
