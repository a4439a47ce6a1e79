"""Which requests are served without a token: not those that a page of another site makes the browser send.

A browser sends a page's request to any address, including this machine's. Two things give it away: `Origin`
names the page, and browsers ask first before they send a content type that forms do not have
(fetch.spec.whatwg.org, "CORS protocol"). With DNS rebinding the owner of a name points it here, so that
his page has our origin; `Host` then still has his name. Addresses cannot be rebound and are always served.
"""

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request

from prover_cli.faults import Code, SetupFault
from prover_cli.names import shown
from prover_cli.serve.answers import Refusal
from prover_cli.serve.bodies import JSON, WITNESS, media_type

FORMS = {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"}
"""Content types that a browser sends for any page without asking first, "" being no content type."""

ANY = "*"
"""As an origin: every page."""

DEFAULT_PORTS = {"http": 80, "https": 443}


class Visitors:
    """`loopback`: whether the service can only be reached from this machine."""

    def __init__(
        self,
        *,
        loopback: bool,
        hosts: Sequence[str] = (),
        origins: Sequence[str] = (),
        token_required: bool = False,
    ) -> None:
        """`hosts` are more names of ours. `origins` are those of pages that may call the service, like
        `https://app.example`; `*` is every page, which takes a token.

        Raises SetupFault BAD_ORIGIN, BAD_ADDRESS."""
        self._hosts = {_host_name(host) for host in hosts}
        self._named = loopback or bool(hosts)
        named = (part.strip() for origin in origins for part in origin.split(","))
        self.origins = [ANY if origin == ANY else _origin(origin) for origin in named]
        if ANY in self.origins and not token_required:
            raise SetupFault(
                Code.BAD_ORIGIN,
                '--cors-origin "*" needs --token-file: without a token any web page could have proofs made',
            )

    def check_host(self, request: Request) -> None:
        """Raises Refusal HOST_REFUSED."""
        name, _ = _split(request.headers.get("host", ""))
        if self._named and not _is_ours(name) and name not in self._hosts:
            raise Refusal(
                Code.HOST_REFUSED,
                f'this service is not known as "{shown(name)}"; use its IP address or localhost, or ask the '
                f"operator to add --allowed-host {shown(name)}",
            )

    def check_origin(self, request: Request) -> None:
        """Raises Refusal ORIGIN_REFUSED, TYPE_REFUSED."""
        origin = request.headers.get("origin")
        if origin is not None and not self._may_ask(origin, request.headers.get("host", "")):
            raise Refusal(
                Code.ORIGIN_REFUSED,
                f'pages from "{shown(origin)}" may not call this service; ask the operator to add '
                f"--cors-origin {shown(origin)}",
            )
        if request.method == "POST" and media_type(request) in FORMS:
            raise Refusal(Code.TYPE_REFUSED, f"send Content-Type: {JSON}, or {WITNESS} for a .wtns")

    def _may_ask(self, origin: str, host: str) -> bool:
        if origin.lower() in self.origins:
            return True
        scheme, _, place = origin.lower().partition("://")
        default = DEFAULT_PORTS.get(scheme)
        (name, port), (own_name, own_port) = _split(place), _split(host)
        return default is not None and (name, port or default) == (own_name, own_port or default)


def _is_ours(name: str) -> bool:
    """An address, no name (HTTP/1.0), or a name that always means this machine (RFC 6761, section 6.3)."""
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
        raise SetupFault(
            Code.BAD_ADDRESS, f'--allowed-host: "{text}" is not a host name; write one like prover.example'
        )
    return name


def _origin(text: str) -> str:
    scheme, _, place = text.lower().rstrip("/").partition("://")
    if scheme not in DEFAULT_PORTS or _split(place)[0] in ("", "?") or set(place) & set("/?#@"):
        raise SetupFault(
            Code.BAD_ORIGIN, f'--cors-origin: "{text}" is not an origin; write one like https://app.example'
        )
    return f"{scheme}://{place}"
