"""Addresses to listen on, as people type them."""

from prover_cli.faults import Code, SetupFault

MOST = 65535


def parse_address(text: str) -> tuple[str, int]:
    """`PORT` on this machine only, or `HOST:PORT`. Raises SetupFault BAD_NUMBER."""
    host, separator, port = text.rpartition(":")
    if not port.isascii() or not port.isdigit() or not 1 <= int(port) <= MOST or (separator and not host):
        raise SetupFault(Code.BAD_NUMBER, f'--metrics-port takes a port or HOST:PORT, not "{text}"')
    return host.strip("[]") or "127.0.0.1", int(port)


def checked_address(text: str | None) -> str | None:
    """The text of an address, or None. Raises SetupFault BAD_NUMBER."""
    if text is not None:
        parse_address(text)
    return text
