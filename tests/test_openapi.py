"""The service against its own description: requests that follow it and requests that do not, by
schemathesis."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from conftest import needs_native
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
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
from serving import Service, serving

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
