"""Serves `/metrics` over HTTP during a run."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server

from prover_cli.faults import Code, SetupFault
from prover_cli.options.addresses import parse_address


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
