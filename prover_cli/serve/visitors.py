"""Whose requests are taken where no token is asked for: not those that a page of another site has a browser
make.

A browser sends a page's request to any address, this machine's included, and two things tell: `Origin` names
the page, and content types other than those of forms are asked for first (fetch.spec.whatwg.org, "CORS
protocol"). A name that its owner lets point here (DNS rebinding) makes his page one of ours, but for the name
in `Host`; an address cannot be rebound, so it is always served.
"""

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request

from prover_cli.faults import Code, SetupFault
from prover_cli.names import shown
from prover_cli.serve.answers import Refusal

FORMS = {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"}
"""Content types of requests that a browser makes for any page without asking; none at all is one of them."""

DEFAULT_PORTS = {"http": 80, "https": 443}


class Visitors:
    """`loopback` is whether only this machine reaches the service, under names that somebody else may
    choose."""

    def __init__(self, *, loopback: bool, hosts: Sequence[str] = (), origins: Sequence[str] = ()) -> None:
        """`hosts` are further names of ours, `origins` those of pages that may ask, `https://app.example`.

        Raises SetupFault BAD_ORIGIN, BAD_ADDRESS."""
        self._hosts = {_host_name(host) for host in hosts}
        self._named = loopback or bool(hosts)
        self.origins = [_origin(origin) for origin in origins]

    def check_host(self, request: Request) -> None:
        """Raises Refusal HOST_REFUSED."""
        name, _ = _split(request.headers.get("host", ""))
        if self._named and not _is_ours(name) and name not in self._hosts:
            raise Refusal(
                Code.HOST_REFUSED,
                f'this service does not answer to the name "{shown(name)}"; use its address or localhost, or '
                "have the operator give --allowed-host",
            )

    def check_origin(self, request: Request) -> None:
        """Raises Refusal ORIGIN_REFUSED, TYPE_REFUSED."""
        origin = request.headers.get("origin")
        if origin is not None and not self._may_ask(origin, request.headers.get("host", "")):
            raise Refusal(
                Code.ORIGIN_REFUSED,
                f'pages of "{shown(origin)}" may not ask here; have the operator give --cors-origin, or use '
                "a token",
            )
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if request.method == "POST" and kind in FORMS:
            raise Refusal(Code.TYPE_REFUSED, "send the request with Content-Type: application/json")

    def _may_ask(self, origin: str, host: str) -> bool:
        if origin.lower() in self.origins:
            return True
        scheme, _, place = origin.lower().partition("://")
        default = DEFAULT_PORTS.get(scheme)
        (name, port), (own_name, own_port) = _split(place), _split(host)
        return default is not None and (name, port or default) == (own_name, own_port or default)


def _is_ours(name: str) -> bool:
    """An address, no name at all (HTTP/1.0), or one of this machine's own (RFC 6761, section 6.3)."""
    if name in ("", "localhost") or name.endswith(".localhost"):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _split(host: str) -> tuple[str, int | None]:
    """Name or address in lower case, without brackets and the dot at its end; and the port."""
    try:
        parts = urlsplit(f"//{host}")
        return (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return "?", None  # no name that anybody has


def _host_name(text: str) -> str:
    name, port = _split(text)
    if not name or name == "?" or port is not None or "/" in text:
        raise SetupFault(Code.BAD_ADDRESS, f'--allowed-host takes a name, like prover.example, not "{text}"')
    return name


def _origin(text: str) -> str:
    scheme, _, place = text.lower().rstrip("/").partition("://")
    if scheme not in DEFAULT_PORTS or _split(place)[0] in ("", "?") or set(place) & set("/?#@"):
        raise SetupFault(
            Code.BAD_ORIGIN, f'--cors-origin takes an origin, like https://app.example, not "{text}"'
        )
    return f"{scheme}://{place}"
