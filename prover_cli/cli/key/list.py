"""`prove-batch key list`: the prepared keys and the compiled calculators in the cache folder."""

from typing import Annotated

import typer

from prover_cli.cli.json_output import print_json
from prover_cli.counting import counted

EPILOG = "Example: prove-batch key list"


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the prepared keys and the calculators in the cache folder, the most recently used first."""
    from datetime import UTC, datetime

    from prover_cli.names import shown
    from prover_cli.options.sizes import format_size
    from prover_cli.prepared.store import SIZE_LIMIT, folder, stored
    from prover_cli.witness import kept
    from prover_cli.witness.programs import said_of

    def used(at: float) -> str:
        return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")

    found = stored()
    rows = [
        {
            "key": one.description.key_name if one.description else None,
            "sha256": one.path.name[:64],
            "curve": one.description.curve if one.description else None,
            "rows": one.description.rows if one.description else None,
            "bytes": one.size,
            "last_used": used(one.last_used),
            "usable": one.description is not None,
        }
        for one in found
    ]
    total = sum(one.size for one in found)
    calculators = kept.kept()
    listed = [
        {
            "sha256": one.sha256,
            "bytes": one.size,
            "last_used": used(one.last_used),
            "calculation": said_of(one.program) if one.program else "circom's code",
        }
        for one in calculators
    ]
    if as_json:
        folders = {"folder": str(folder()), "bytes": total, "limit": SIZE_LIMIT, "keys": rows}
        print_json({**folders, "calculators": listed})
        return
    for row in rows:
        name = shown(str(row["key"])) if row["usable"] else "(damaged, or from another version)"
        size = format_size(float(str(row["bytes"])))
        print(f"{str(row['sha256'])[:12]}  {size:>8}  {row['last_used']}  {row['rows'] or '-':<7} {name}")
    print(f"{len(rows)} prepared, {format_size(total)} of at most {format_size(SIZE_LIMIT)}, in {folder()}")
    for calculator, line in zip(calculators, listed, strict=True):
        told = f"{line['last_used']}  {line['calculation']}"
        print(f"{calculator.sha256[:12]}  {format_size(calculator.size):>8}  {told}")
    size = format_size(sum(one.size for one in calculators))
    most = format_size(kept.SIZE_LIMIT)
    print(f"{counted(len(calculators), 'calculator')}, {size} of at most {most}, in {kept.folder()}")
