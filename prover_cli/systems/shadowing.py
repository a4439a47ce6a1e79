"""Why the compiled engine is missing: often because a checkout in the working directory hides the installed
package."""

import sys
from pathlib import Path

OURS = Path(__file__).parent.parent
"""The package that is running."""


def hidden_install() -> Path | None:
    """Another copy of this package that has the compiled engine and would have been imported if the running
    one had not come first; None if there is none."""
    for folder in sys.path:
        package = Path(folder, OURS.name)
        try:
            if package.resolve() != OURS.resolve() and _is_compiled(package):
                return package.resolve()
        except OSError:
            continue
    return None


def _is_compiled(package: Path) -> bool:
    return any(path.suffix in (".so", ".pyd") for path in package.glob("_native*"))
