"""`prove-batch key list`: the prepared keys in the cache folder."""

from typing import Annotated

import typer

from prover_cli.cli.json_output import print_json

EPILOG = "Example: prove-batch key list"


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the prepared keys in the cache folder, the most recently used first."""
    from datetime import UTC, datetime

    from prover_cli.names import shown
    from prover_cli.options.sizes import format_size
    from prover_cli.prepared.store import SIZE_LIMIT, folder, stored

    found = stored()
    rows = [
        {
            "key": one.description.key_name if one.description else None,
            "sha256": one.path.name[:64],
            "curve": one.description.curve if one.description else None,
            "rows": one.description.rows if one.description else None,
            "bytes": one.size,
            "last_used": datetime.fromtimestamp(one.last_used, UTC).isoformat(timespec="seconds"),
            "usable": one.description is not None,
        }
        for one in found
    ]
    total = sum(one.size for one in found)
    if as_json:
        print_json({"folder": str(folder()), "bytes": total, "limit": SIZE_LIMIT, "keys": rows})
        return
    for row in rows:
        name = shown(str(row["key"])) if row["usable"] else "(damaged, or from another version)"
        size = format_size(float(str(row["bytes"])))
        print(f"{str(row['sha256'])[:12]}  {size:>8}  {row['last_used']}  {row['rows'] or '-':<7} {name}")
    print(f"{len(rows)} prepared, {format_size(total)} of at most {format_size(SIZE_LIMIT)}, in {folder()}")
