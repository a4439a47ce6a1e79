"""Bearer tokens (RFC 6750): those of a file, compared in constant time."""

import hmac
from pathlib import Path

from prover_cli.faults import Code, SetupFault
from prover_cli.regular_file import read_regular

SHORTEST = 16
"""Characters: less can be guessed."""


class Tokens:
    """One token a line, so that a new one can be handed out before the old one goes; `#` begins a comment."""

    def __init__(self, path: Path) -> None:
        """Raises SetupFault BAD_TOKEN_FILE."""
        try:
            lines = [line.strip() for line in read_regular(path).decode().splitlines()]
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "no text"
            raise SetupFault(Code.BAD_TOKEN_FILE, f"token file {path} cannot be read: {reason}") from None
        self._tokens = [line.encode() for line in lines if line and not line.startswith("#")]
        if not self._tokens:
            raise SetupFault(Code.BAD_TOKEN_FILE, f"token file {path} has no token; write one a line")
        if min(map(len, self._tokens)) < SHORTEST:
            raise SetupFault(
                Code.BAD_TOKEN_FILE,
                f"a token in {path} has less than {SHORTEST} characters; make one with "
                "`openssl rand -hex 32`",
            )

    def admit(self, authorization: str | None) -> bool:
        """Whether the header `Authorization` carries one of them. All are compared, whichever fits."""
        scheme, _, given = (authorization or "").partition(" ")
        candidate = given.strip().encode(errors="surrogateescape")
        fits = [hmac.compare_digest(candidate, token) for token in self._tokens]
        return scheme.lower() == "bearer" and any(fits)
