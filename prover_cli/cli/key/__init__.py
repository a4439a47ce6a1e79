"""`prove-batch key`: what a key is, the verification key in it, and keys prepared for proving often."""

import typer

from prover_cli.cli.key import clean, info, prepare, solidity, vkey
from prover_cli.cli.key import list as list_

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Inspect and prepare proving keys.")

app.command("info", epilog=info.EPILOG)(info.command)
app.command("vkey", epilog=vkey.EPILOG)(vkey.command)
app.command("solidity", epilog=solidity.EPILOG)(solidity.command)
app.command("prepare", epilog=prepare.EPILOG)(prepare.command)
app.command("list", epilog=list_.EPILOG)(list_.command)
app.command("clean", epilog=clean.EPILOG)(clean.command)
