"""A circuit of the run: its id and where its files are."""

from dataclasses import dataclass
from pathlib import Path

from prover_cli.formats.companions import companion


@dataclass(frozen=True)
class Circuit:
    """A circuit of the run. `folder` is set where it came as a folder."""

    id: str
    key: Path
    folder: Path | None = None
    wasm: Path | None = None
    r1cs: Path | None = None
    sym: Path | None = None
    """These three where the user named them."""
    passed_over: tuple[Path, ...] = ()
    """Other keys of the circuit that lie beside the one that is taken."""

    @property
    def calculator(self) -> Path | None:
        """Its `.wasm`."""
        return self.wasm or companion(self.key, ".wasm")

    @property
    def constraints(self) -> Path | None:
        """Its `.r1cs`, or `.r1cs.gz`."""
        return self.r1cs or self._beside(".r1cs", ".r1cs.gz")

    @property
    def symbols(self) -> Path | None:
        """Its `.sym`."""
        return self.sym or self._beside(".sym")

    def _beside(self, *endings: str) -> Path | None:
        """What belongs to the key, or else to a calculator elsewhere: circom writes them together."""
        return companion(self.key, *endings) or (self.wasm and companion(self.wasm, *endings))
