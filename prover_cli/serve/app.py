"""The routes. Each is a method. What it raises becomes the answer, and every answer is logged."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import ExitStack
from typing import Any, Protocol, TypeVar

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match, Route

from prover_cli.faults import Code, Fault, JobFault, unexpected
from prover_cli.intake.paths import Paths
from prover_cli.outcomes.records import Record
from prover_cli.serve.answers import Answer, Refusal, fault_answer, proof_json
from prover_cli.serve.bodies import WITNESS, media_type, read_body
from prover_cli.serve.openapi import document
from prover_cli.serve.page import page
from prover_cli.serve.registry import KnownJob, Registry
from prover_cli.serve.request_gate import RequestGate
from prover_cli.serve.requests import parse_prove, parse_verify, parse_witness
from prover_cli.serve.status import circuits_json, job_json, status_json
from prover_cli.serve.token import Tokens
from prover_cli.serve.visitors import Visitors
from prover_cli.supervision import logger
from prover_cli.systems.registry import verifier_for
from prover_cli.witness.source import WitnessSource

LOG = logger(__name__)

CLIENT_GONE = 499
"""Only in logs, as nginx writes it: the client disconnected before the answer."""

T = TypeVar("T")


class Log(Protocol):
    """Receives every answer."""

    def answered(self, method: str, route: str, status: int, seconds: float, code: str | None) -> None: ...


class _Gone(Exception):
    """The client disconnected."""


class Service:
    """The application. Its methods are called in the event loop."""

    def __init__(
        self,
        gate: RequestGate,
        *,
        paths: Paths,
        registry: Registry,
        tokens: Tokens | None,
        max_body: int,
        timeout: float,
        log: Log,
        visitors: Visitors,
    ) -> None:
        self._gate = gate
        self._paths = paths
        self._registry = registry
        self._tokens = tokens
        self._max_body = max_body
        self._timeout = timeout
        self._log = log
        self._visitors = visitors
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._page, self._page_headers = page()
        self._verifiers = {
            circuit: verifier_for(mapped.verification_key, gate.engine)
            for circuit, mapped in gate.keys.mapped.items()
        }
        self.app = Starlette(
            routes=[
                self._route("POST", "/api/prove", self._prove),
                self._route("POST", "/api/jobs", self._begin_job),
                self._route("GET", "/api/jobs/{id}", self._show_job),
                self._route("DELETE", "/api/jobs/{id}", self._drop_job),
                self._route("POST", "/api/verify", self._verify),
                self._route("GET", "/api/circuits", self._circuits),
                self._route("GET", "/api/status", self._status),
                self._route("GET", "/metrics", self._metrics, any_host=True),
                self._route("GET", "/healthz", self._health, guarded=False, any_host=True),
                self._route("GET", "/readyz", self._ready, guarded=False, any_host=True),
                self._route("GET", "/openapi.json", self._openapi, guarded=False),
                self._route("GET", "/", self._show_page, guarded=False),
            ],
            exception_handlers={HTTPException: _no_such_route},
            middleware=_cors(visitors.origins),
        )

    def _route(
        self,
        method: str,
        path: str,
        handler: Callable[[Request], Awaitable[Response]],
        *,
        guarded: bool = True,
        any_host: bool = False,
    ) -> Route:
        """`any_host`: probes and scrapers may use any name for the service, and change nothing."""

        async def endpoint(request: Request) -> Response:
            began = time.monotonic()
            try:
                if self._tokens is None and not any_host:
                    self._visitors.check_host(request)
                    self._visitors.check_origin(request)
                if guarded and self._tokens and not self._tokens.admit(request.headers.get("authorization")):
                    raise Refusal(
                        Code.UNAUTHORIZED,
                        "this service requires a token; send it as Authorization: Bearer TOKEN",
                        {"www-authenticate": "Bearer"},
                    )
                answer = await handler(request)
            except Fault as fault:
                answer = fault_answer(fault)
            except (_Gone, ClientDisconnect):
                answer = Response(status_code=CLIENT_GONE)
            except Exception as error:
                # Without its text, which might quote a witness.
                LOG.error("%s %s: %s", method, path, unexpected(error))
                name = type(error).__name__
                answer = fault_answer(JobFault(Code.INTERNAL, f"unexpected {name}; please report it"))
            code = answer.code if isinstance(answer, Answer) else None
            self._log.answered(method, path, answer.status_code, time.monotonic() - began, code)
            return answer

        return Route(path, endpoint, methods=[method], name=f"{method} {path}")

    # ---- proving

    async def _prove(self, request: Request) -> Response:
        deadline = asyncio.get_running_loop().time() + self._timeout
        with self._gate.place():
            circuit, witness = await self._asked(request, deadline)
            record = await _unless_gone(request, self._proved(circuit, witness, deadline))
        if record.proved is None:
            raise record.fault or JobFault(Code.INTERNAL, "the job ended without a result")
        return Answer(proof_json(record.proved, circuit))

    async def _begin_job(self, request: Request) -> Response:
        deadline = asyncio.get_running_loop().time() + self._timeout
        with ExitStack() as stack:
            stack.enter_context(self._gate.place())
            circuit, witness = await self._asked(request, deadline)
            job = self._registry.begin(circuit)
            task = asyncio.create_task(self._work(job, circuit, witness, deadline, stack.pop_all()))
        self._tasks[job.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(job.id, None))
        return Answer(
            {"success": True, **job_json(job, self._gate)}, 202, {"location": f"/api/jobs/{job.id}"}
        )

    async def _work(
        self, job: KnownJob, circuit: str, witness: WitnessSource, deadline: float, place: ExitStack
    ) -> None:
        with place:
            try:
                record = await self._proved(circuit, witness, deadline, job.id)
            except Fault as fault:
                record = Record(job.id, circuit, fault=fault)
        self._registry.end(job, record, time.monotonic())

    async def _asked(self, request: Request, deadline: float) -> tuple[str, WitnessSource]:
        try:
            async with asyncio.timeout_at(deadline):
                body = await read_body(request, self._max_body)
                if media_type(request) == WITNESS:
                    return parse_witness(body, request.query_params.get("circuitId"), self._gate.keys)
                return await asyncio.to_thread(parse_prove, body, self._gate.keys, self._paths)
        except TimeoutError:
            raise self._too_slow("to arrive") from None

    async def _proved(
        self, circuit: str, witness: WitnessSource, deadline: float, job_id: str | None = None
    ) -> Record:
        try:
            async with asyncio.timeout_at(deadline):
                return await self._gate.prove(circuit, witness, job_id)
        except TimeoutError:
            return self._gate.gave_up(circuit, self._too_slow("to prove"), job_id)

    def _too_slow(self, what: str) -> Refusal:
        return Refusal(
            Code.TIMEOUT,
            f"the request took longer than {self._timeout:g} s {what} (including time in the queue)",
        )

    async def _show_job(self, request: Request) -> Response:
        return Answer(job_json(self._known(request), self._gate))

    async def _drop_job(self, request: Request) -> Response:
        job = self._known(request)
        task = self._tasks.get(job.id)
        if task is not None:
            task.cancel()
        self._registry.drop(job.id)
        return Answer({"success": True, "id": job.id, "state": "dropped"})

    def _known(self, request: Request) -> KnownJob:
        job = self._registry.find(request.path_params["id"], time.monotonic())
        if job is None:
            raise Refusal(
                Code.UNKNOWN_JOB,
                "no job with this id; finished jobs are deleted after --keep-seconds, or when more than "
                "--keep-jobs have finished since",
            )
        return job

    @property
    def unread(self) -> int:
        """Finished jobs whose result nobody has fetched yet."""
        return self._registry.unread

    # ---- everything else

    async def _verify(self, request: Request) -> Response:
        with self._gate.place():
            try:
                async with asyncio.timeout(self._timeout):
                    body = await read_body(request, self._max_body)
            except TimeoutError:
                raise self._too_slow("to arrive") from None
            circuit, proof, signals = await asyncio.to_thread(parse_verify, body, self._gate.keys)
            valid = await asyncio.to_thread(self._verifiers[circuit].verify, proof, signals)
        return Answer({"success": True, "circuitId": circuit, "valid": valid})

    async def _circuits(self, request: Request) -> Response:
        return Answer({"success": True, "circuits": circuits_json(self._gate)})

    async def _status(self, request: Request) -> Response:
        return Answer(status_json(self._gate))

    async def _metrics(self, request: Request) -> Response:
        text = await asyncio.to_thread(generate_latest, self._gate.metrics.registry)
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    async def _health(self, request: Request) -> Response:
        return Answer({"status": "ok"})

    async def _ready(self, request: Request) -> Response:
        why = self._gate.not_ready
        if why is None:
            return Answer({"ready": True, "why": None})
        return Answer({"ready": False, "why": why}, 503, {"retry-after": str(self._gate.rest)})

    async def _openapi(self, request: Request) -> Response:
        return Answer(document())

    async def _show_page(self, request: Request) -> Response:
        return Response(self._page, headers=self._page_headers, media_type="text/html")


def _cors(origins: list[str]) -> list[Middleware]:
    """The headers that let pages of other sites call the service."""
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["authorization", "content-type"],
            expose_headers=["location", "retry-after"],
        )
    ]


async def _unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Cancels the work if the client disconnects. Raises _Gone then."""
    working = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_goes(request))
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise _Gone
    finally:
        gone.cancel()
        working.cancel()


async def _goes(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _no_such_route(request: Request, error: Exception) -> Response:
    # Starlette names the methods of the first route with this path only.
    here = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    methods = sorted({method for route in here for method in route.methods} - {"HEAD"})
    if methods:
        words = f"method not allowed; use {' or '.join(methods)}"
        return fault_answer(Refusal(Code.METHOD_NOT_ALLOWED, words, {"allow": ", ".join(methods)}))
    return fault_answer(Refusal(Code.NOT_FOUND, "no such path; see /openapi.json for the list"))
