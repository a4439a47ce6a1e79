"""Serves `/metrics` over HTTP during a run."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server

from prover_cli.faults import Code, SetupFault


def parse_address(text: str) -> tuple[str, int]:
    """Parses `PORT` (for this machine only) or `HOST:PORT`. Raises SetupFault BAD_NUMBER."""
    host, separator, port = text.rpartition(":")
    if not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535 or (separator and not host):
        raise SetupFault(Code.BAD_NUMBER, f'--metrics-port takes a port or HOST:PORT, not "{text}"')
    return host.strip("[]") or "127.0.0.1", int(port)


@contextmanager
def metrics_served(registry: CollectorRegistry, address: str) -> Iterator[None]:
    """Serves the metrics while the block runs. Raises SetupFault PORT_IN_USE."""
    host, port = parse_address(address)
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise SetupFault(
            Code.PORT_IN_USE,
            f"metrics cannot be served on {host}:{port}: {error.strerror or error}; use a different "
            "--metrics-port",
        ) from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
