"""The service against its own description: requests that follow it and requests that do not, by
schemathesis."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from conftest import needs_native, wait_for
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis import APIOperation, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from serving import QUARTIC, Service, asks, serving

from prover_cli.serve.openapi import document

pytestmark = needs_native

TOKEN = "schemathesis-" + "a" * 32
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    response_headers_conformance, unsupported_method,
]  # fmt: skip
Operation = APIOperation[Any, Any, Any, Any]
OPERATIONS: list[Operation] = [
    found.ok()  # type: ignore[union-attr]  # (an invalid schema raises here, as it should)
    for found in schemathesis.openapi.from_dict(document()).get_all_operations()
]
each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=[one.label for one in OPERATIONS])
IN_BOTH_WAYS = [(one, GenerationMode.POSITIVE) for one in OPERATIONS]
IN_BOTH_WAYS += [(one, GenerationMode.NEGATIVE) for one in OPERATIONS if one.body]
"""Only of a body the description says what would not follow it."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("openapi")
    with serving("--workers", 1, "--strategy", "threads", cwd=folder) as one:
        yield one


def told_examples(node: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Every example of the description: where it is, its schema, and the value."""
    if isinstance(node, dict):
        if "schema" in node:
            for name, example in node.get("examples", {}).items():
                yield f"{place} {name}", node["schema"], example["value"]
            if "example" in node:
                yield place, node["schema"], node["example"]
        for name, inner in node.items():
            if name not in ("examples", "example", "schema", "schemas"):
                yield from told_examples(inner, f"{place} {name}")
    elif isinstance(node, list):
        for inner in node:
            yield from told_examples(inner, place)


def test_every_example_fits_its_schema() -> None:
    described = document()
    found = list(told_examples(described))
    assert len(found) > 100
    for place, schema, value in found:
        whole = schema | {"components": described["components"]}
        errors = [error.message for error in Draft202012Validator(whole).iter_errors(value)]
        assert not errors, (place, errors)


def test_every_route_has_an_example_of_each_answer() -> None:
    for path, operations in document()["paths"].items():
        for method in operations.keys() & {"get", "post", "delete"}:
            for status, answer in operations[method]["responses"].items():
                for kind in answer["content"].values():
                    assert kind.get("examples") or kind.get("example"), (path, method, status)
                if status == "503":
                    assert answer["headers"].keys() == {"Retry-After"}, (path, method)
            for kind, body in operations[method].get("requestBody", {}).get("content", {}).items():
                assert body.get("examples") or kind == "application/octet-stream", (path, method, kind)


def test_a_request_has_a_witness_or_inputs_and_never_both() -> None:
    described = document()
    schema = {"$ref": "#/components/schemas/ProofRequest", "components": described["components"]}
    valid = Draft202012Validator(schema).is_valid
    assert valid({"witness": ["1"]})
    assert valid({"input": {"a": 1}})
    assert not valid({"circuitId": "quartic"})
    assert not valid({"witness": ["1"], "input": {"a": 1}})


@pytest.mark.parametrize("path", ["/api/prove", "/api/jobs", "/api/verify"])
def test_the_examples_of_requests_do_what_they_say(service: Service, path: str) -> None:
    operation = document()["paths"][path]["post"]
    for name, example in operation["requestBody"]["content"]["application/json"]["examples"].items():
        answer = service.client.post(path, json=example["value"])
        assert answer.status_code == (202 if path == "/api/jobs" else 200), name
        assert answer.json().get("valid", True), name
        (shown, *_) = operation["responses"][str(answer.status_code)]["content"]["application/json"][
            "examples"
        ].values()
        assert answer.json().keys() == shown["value"].keys()


@pytest.mark.parametrize("path", ["/api/circuits", "/api/status", "/healthz", "/readyz"])
def test_the_examples_of_answers_have_the_fields_of_real_ones(service: Service, path: str) -> None:
    def fields(value: Any) -> Any:
        if isinstance(value, list):
            return [fields(value[0])] if value else []
        return {name: fields(inner) for name, inner in value.items()} if isinstance(value, dict) else None

    wait_for(lambda: service.client.get("/readyz").status_code == 200)
    service.prove(asks(QUARTIC))
    shown = document()["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["examples"]
    (example,) = shown.values()
    assert fields(service.client.get(path).json()) == fields(example["value"])


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("locked")
    (folder / "tokens").write_text(TOKEN)
    with serving(
        "--workers", 1, "--strategy", "threads", "--token-file", folder / "tokens", cwd=folder
    ) as one:
        yield one


@pytest.mark.parametrize(
    ("operation", "mode"), IN_BOTH_WAYS, ids=[f"{mode.value}-{one.label}" for one, mode in IN_BOTH_WAYS]
)
@given(data=st.data())
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_the_description_has(
    service: Service, operation: Operation, mode: GenerationMode, data: st.DataObject
) -> None:
    case = data.draw(operation.as_strategy(generation_mode=mode))
    case.call_and_validate(base_url=service.url, checks=CHECKS)


@each_operation
@given(data=st.data())
@settings(max_examples=5, suppress_health_check=list(HealthCheck))
def test_what_asks_for_a_token_is_refused_without(
    locked: Service, operation: Operation, data: st.DataObject
) -> None:
    case = data.draw(operation.as_strategy())
    headers = {"Authorization": f"Bearer {TOKEN}"}
    case.call_and_validate(base_url=locked.url, headers=headers, checks=[ignored_auth, not_a_server_error])
