"""`/metrics` over HTTP for as long as a run lasts."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server

from prover_cli.faults import Code, SetupFault
from prover_cli.options.addresses import parse_address


@contextmanager
def metrics_served(registry: CollectorRegistry, address: str) -> Iterator[None]:
    """Raises SetupFault PORT_IN_USE."""
    host, port = parse_address(address)
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise SetupFault(
            Code.PORT_IN_USE,
            f"metrics cannot be served at {host}:{port}: {error.strerror or error}; give another "
            "--metrics-port",
        ) from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
