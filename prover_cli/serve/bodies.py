"""Reading the body of a request: bounded in size, and in the time for which it may hold a place."""

import asyncio

from starlette.requests import Request

from prover_cli.faults import Code
from prover_cli.serve.answers import Refusal

RATE = 16 << 10
GRACE_SECONDS = 10.0
"""After the grace period a body has to arrive at `RATE` bytes per second: it holds a place meanwhile."""

JSON = "application/json"
WITNESS = "application/octet-stream"
"""A `.wtns` as it is. Browsers ask first before they send this type for a page of another site."""


def media_type(request: Request) -> str:
    """The content type in lower case, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_body(request: Request, most: int) -> bytes:
    """At most `most` bytes. Raises Refusal BAD_REQUEST, BODY_TOO_LARGE, BODY_TOO_SLOW."""
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding != "identity":
        raise Refusal(Code.BAD_REQUEST, "send the body uncompressed, without Content-Encoding")
    length = request.headers.get("content-length", "0")
    body, loop = bytearray(), asyncio.get_running_loop()
    began = loop.time()
    if not length.isdigit() or int(length) <= most:
        chunks = request.stream()
        while True:
            try:
                async with asyncio.timeout_at(began + GRACE_SECONDS + len(body) / RATE):
                    body += await anext(chunks)
            except StopAsyncIteration:
                return bytes(body)
            except TimeoutError:
                raise Refusal(
                    Code.BODY_TOO_SLOW,
                    f"the body arrived at less than {RATE >> 10} KB per second",
                    {"connection": "close"},
                ) from None
            if len(body) > most:
                break
    raise Refusal(
        Code.BODY_TOO_LARGE,
        f"the body is larger than {most} bytes; send the .wtns itself ({WITNESS}) or its base64 instead of "
        "decimal strings, or ask the operator to raise --max-body",
        {"connection": "close"},
    )
