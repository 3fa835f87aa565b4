"""The OpenAPI document held against what is answered."""

from typing import Any

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


def fuzz(app: FastAPI, examples: int, shock: str, *addresses: str) -> dict[str, set[int]]:
    """Ask every endpoint what its description allows, and what it does not; the statuses of the allowed.

    `addresses` stand for those that are made up, and `shock` for every other shock, so that not everything is refused.
    """
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", app)
    answered: dict[str, set[int]] = {}
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        statuses = answered.setdefault(operation.path, set())
        modes = GenerationMode if list(operation.iter_parameters()) else [GenerationMode.POSITIVE]
        for mode in modes:  # where there is nothing to get wrong, nothing wrong can be made up
            _ask_all(operation.as_strategy(generation_mode=mode), examples, (shock, *addresses), statuses)
    return answered


def _ask_all(strategy: Any, examples: int, known: tuple[str, ...], statuses: set[int]) -> None:
    asked = 0

    @given(strategy)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Case[Any]) -> None:
        nonlocal asked
        asked += 1
        assert case.meta is not None
        if case.meta.generation.mode.is_positive:
            if "address" in case.path_parameters:
                case.path_parameters["address"] = known[1 + asked % (len(known) - 1)]
            if "shock" in case.query and asked % 2:
                case.query = {"shock": [known[0]]}
        statuses.add(case.call_and_validate(checks=CHECKS).status_code)

    ask()
