"""The OpenAPI document: it is valid, it says everything, and what is answered is what it says."""

from http import HTTPStatus
from typing import Any

import pytest

from indexer.api.access.refusals import RESPONSES
from tests.unit.api.documented import fuzz
from tests.unit.api.doors import FIRST, House
from tests.unit.reports.stored import AT_RISK, HEALTHY, LIQUIDATABLE, SUPPLIER, WETH

Row = dict[str, Any]
ERRORS = {404, 405, 422, 500, 503}
PAGED = {"/v1/at-risk", "/v1/liquidatable", "/v1/accounts", "/v1/liquidations"}


@pytest.fixture
def document(house: House) -> Row:
    return house.json("/v1/openapi.json")


def test_it_is_3_1_and_has_only_questions(house: House, document: Row) -> None:
    assert document["openapi"].startswith("3.1")
    assert house.json("/openapi.json") == document  # where clients look first
    assert all(path.startswith("/v1/") for path in document["paths"])
    assert {method for item in document["paths"].values() for method in item} == {"get"}


def test_every_endpoint_says_how_it_fails(document: Row) -> None:
    for path, item in document["paths"].items():
        responses = item["get"]["responses"]
        wanted = ERRORS | ({400, 410} if path in PAGED else set())
        assert {int(each) for each in responses} - {200, 304} == wanted | set(RESPONSES), path
        for each in wanted:
            schema = responses[str(each)]["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/ErrorAnswer"}, path
        assert responses["200"]["content"]["application/json"]["schema"]["$ref"], path
        assert item["get"]["description"], path


def test_answers_allow_no_field_that_is_not_described(document: Row) -> None:
    schemas = document["components"]["schemas"]
    answers = {name for name in schemas if name.endswith("Answer")}
    assert len(answers) >= 12
    assert {name for name in answers if schemas[name].get("additionalProperties") is not False} == set()


def test_what_is_answered_is_what_is_described(house: House) -> None:
    """Over all rows that a small store has: healthy, at risk, liquidatable, and after a fall worse than that."""
    house.follow("a1", FIRST * 9 // 10)
    house.json(f"/v1/accounts/{HEALTHY}/explain")  # loads eth-abi, which moves the recursion limit Hypothesis watches
    answered = fuzz(house.app, 8, f"{WETH.asset}=-30%", LIQUIDATABLE, AT_RISK, HEALTHY, SUPPLIER, "0x" + "ab" * 20)
    assert set(answered) == set(house.json("/v1/openapi.json")["paths"])
    for path, statuses in answered.items():
        assert HTTPStatus.OK in statuses, (path, statuses)
