"""Bearer tokens (RFC 6750), read from a file and compared in constant time."""

import hmac
from pathlib import Path

from prover_cli.faults import Code, SetupFault
from prover_cli.regular_file import read_regular

SHORTEST = 16
"""Characters. Shorter ones could be guessed."""


class Tokens:
    """One token per line, so that you can add a new one before you delete the old one. `#` begins a
    comment."""

    def __init__(self, path: Path) -> None:
        """Raises SetupFault BAD_TOKEN_FILE."""
        try:
            lines = [line.strip() for line in read_regular(path).decode().splitlines()]
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise SetupFault(Code.BAD_TOKEN_FILE, f"token file {path} cannot be read: {reason}") from None
        self._tokens = [line.encode() for line in lines if line and not line.startswith("#")]
        if not self._tokens:
            raise SetupFault(Code.BAD_TOKEN_FILE, f"token file {path} is empty; write one token per line")
        if min(map(len, self._tokens)) < SHORTEST:
            raise SetupFault(
                Code.BAD_TOKEN_FILE,
                f"a token in {path} has fewer than {SHORTEST} characters; make one with "
                "`openssl rand -hex 32`",
            )

    def admit(self, authorization: str | None) -> bool:
        """Whether the header `Authorization` has one of them. It is compared with all, even after a match."""
        scheme, _, given = (authorization or "").partition(" ")
        candidate = given.strip().encode(errors="surrogateescape")
        fits = [hmac.compare_digest(candidate, token) for token in self._tokens]
        return scheme.lower() == "bearer" and any(fits)
