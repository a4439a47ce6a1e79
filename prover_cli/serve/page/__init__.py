"""The page for people: one file that loads nothing, put together from its parts."""

import base64
import hashlib
from importlib.resources import files


def page() -> tuple[bytes, dict[str, str]]:
    """The page and its headers. Nothing but the style and the script that came with it may run."""
    style = _part("page.css")
    script = _part("snippets.js") + _part("page.js")
    html = _part("page.html").replace("{style}", style).replace("{script}", script)
    ours = f"style-src {_hash(style)}; script-src {_hash(script)}"
    headers = {
        "content-security-policy": f"default-src 'none'; {ours}; "
        "connect-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }
    return html.encode(), headers


def _part(name: str) -> str:
    return files("prover_cli.serve.page").joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    """As a content security policy names what it allows (W3C CSP 3, "hash-source")."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
