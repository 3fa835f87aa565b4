"""The gate, before a real server: who may ask what, how often, and what is said to whom may not."""

import asyncio
from pathlib import Path

import pytest
import structlog
from fastapi.routing import APIRoute
from starlette.types import Message, Receive, Scope, Send

from indexer.api.access.gate import Gate
from indexer.api.access.keys import hashed, new_key
from indexer.api.house import House
from indexer.settings.sections import ApiSettings
from tests.unit.api.serving import Served, served

KEY, OTHER = new_key(), new_key()
KEYS = [{"name": "bot", "sha256": hashed(KEY)}, {"name": "desk", "sha256": hashed(OTHER)}]


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def statuses(api: Served, count: int, path: str = "/metrics", **headers: str) -> list[int]:
    return [api.client.get(path, headers=headers).status_code for _ in range(count)]


class TestReading:
    def test_get_head_and_options_are_all_there_is(self, tmp_path: Path) -> None:
        with served(tmp_path) as api:
            got = api.client.get("/healthz")
            head = api.client.head("/healthz")
            options = api.client.options("/healthz")
            assert (got.status_code, got.json()) == (200, {"status": "alive"})
            assert (head.status_code, head.content) == (200, b"")
            assert head.headers["content-length"] == str(len(got.content))
            assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
            for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
                refused = api.client.request(method, "/healthz")
                assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
                assert "only reads" in refused.json()["error"]["message"]

    def test_no_page_of_another_origin_may_read_the_answers(self, tmp_path: Path) -> None:
        with served(tmp_path) as api:
            asking = {"origin": "https://evil.example", "access-control-request-method": "GET"}
            for answer in (api.client.get("/healthz", headers=asking), api.client.options("/healthz", headers=asking)):
                assert not [name for name in answer.headers if name.startswith("access-control")]
                assert answer.headers["cross-origin-resource-policy"] == "same-origin"
                assert answer.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize("host", ["evil.example", "evil.example:8580", "localhost.evil.example", ""])
    def test_a_page_that_calls_this_machine_by_its_own_name_is_refused(self, tmp_path: Path, host: str) -> None:
        with served(tmp_path) as api:
            refused = api.client.get("/healthz", headers={"host": host})
            assert refused.status_code == 421
            assert "localhost" in refused.json()["error"]["message"]
            assert api.client.get("/healthz", headers={"host": "localhost"}).status_code == 200

    def test_on_loopback_without_keys_nobody_is_slowed(self, tmp_path: Path) -> None:
        with served(tmp_path, requests_per_minute=1, burst=1) as api:
            assert set(statuses(api, 20)) == {200}


class TestKeys:
    def test_every_request_but_healthz_needs_one(self, tmp_path: Path) -> None:
        with served(tmp_path, keys=KEYS) as api:
            assert statuses(api, 1, "/healthz") == [200]
            for path in ("/readyz", "/metrics", "/v1/openapi.json", "/nope", "/"):
                refused = api.client.get(path)
                assert refused.status_code == 401
                assert refused.headers["www-authenticate"].startswith("Bearer")
            assert statuses(api, 1, **bearer(KEY)) == [200]
            assert api.client.get("/metrics", headers={"x-api-key": OTHER}).status_code == 200
            assert statuses(api, 1, "/nope", **bearer(KEY)) == [404]

    @pytest.mark.parametrize("path", ["/metrics?key={0}", "/metrics?api_key={0}&access_token={0}", "/{0}"])
    def test_none_is_taken_from_a_url(self, tmp_path: Path, path: str) -> None:
        with served(tmp_path, keys=KEYS) as api:
            assert api.client.get(path.format(KEY)).status_code == 401

    def test_neither_key_nor_hash_is_in_any_answer_or_log(self, tmp_path: Path) -> None:
        def furnish(house: House) -> None:
            @house.app.get("/broken")
            def broken() -> None:
                raise RuntimeError("on purpose")

        with structlog.testing.capture_logs() as logs, served(tmp_path, furnish=furnish, keys=KEYS) as api:
            answers = [
                api.client.get(path, headers=bearer(KEY)) for path in ("/metrics", "/readyz", "/nope", "/broken")
            ]
            answers.append(api.client.get("/metrics", headers=bearer(KEY + "x")))
            assert [answer.status_code for answer in answers] == [200, 503, 404, 500, 401]
        said = repr(logs) + "".join(answer.text + repr(answer.headers) for answer in answers)
        assert "on purpose" in repr(logs)
        assert "on purpose" not in answers[3].text
        assert KEY not in said
        assert hashed(KEY) not in said

    def test_each_has_a_rate_of_its_own(self, tmp_path: Path) -> None:
        with served(tmp_path, keys=KEYS, requests_per_minute=1, burst=3) as api:
            assert statuses(api, 4, **bearer(KEY)) == [200, 200, 200, 429]
            refused = api.client.get("/metrics", headers={"x-api-key": KEY})
            assert refused.status_code == 429
            assert 50 <= int(refused.headers["retry-after"]) <= 60
            assert statuses(api, 1, **bearer(OTHER)) == [200]
            assert statuses(api, 10, "/healthz") == [200] * 10

    def test_who_has_none_is_slowed_by_address_and_slows_nobody_else(self, tmp_path: Path) -> None:
        with served(tmp_path, keys=KEYS, requests_per_minute=1, burst=3) as api:
            assert statuses(api, 5) == [401, 401, 401, 429, 429]
            assert statuses(api, 1, **bearer(KEY)) == [200]


def test_a_request_that_fails_is_500_and_the_next_one_is_answered(tmp_path: Path) -> None:
    def furnish(house: House) -> None:
        @house.app.get("/broken/{name}")
        def broken(name: str) -> None:
            raise RuntimeError(name)

    with served(tmp_path, furnish=furnish) as api:
        failed = api.client.get("/broken/abc")
        assert (failed.status_code, "abc" in failed.text) == (500, False)
        assert statuses(api, 1) == [200]
        assert 'route="/broken/{name}",status="500"} 1.0' in api.client.get("/metrics").text


@pytest.mark.parametrize(
    ("path", "status", "counted"),
    [
        ("/v1/at-risk", 200, "/v1/at-risk"),
        ("/v1/at-risk", 304, "/v1/at-risk"),
        ("/v1/nothing", 404, "none"),
        ("/v1/accounts/0xb0", 200, "none"),
        ("/v1/owners/0xa0", 200, "/v1/owners/{address}"),
    ],
)
def test_answers_that_were_ready_are_counted_by_template_too(path: str, status: int, counted: str) -> None:
    seen: list[tuple[str, str, int, float]] = []

    async def app(scope: Scope, _: Receive, send: Send) -> None:
        if scope["query_string"] == b"routed":
            scope["route"] = APIRoute("/v1/owners/{address}", lambda: None)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def ask() -> None:
        gate = Gate(app, ApiSettings(), lambda *one: seen.append(one))
        for asked, query in (("/v1/owners/0xa0", b"routed"), (path, b"")):
            headers = [(b"host", b"localhost")]
            scope = {"type": "http", "method": "GET", "path": asked, "query_string": query, "headers": headers}
            await gate(scope, nobody, swallow)

    asyncio.run(ask())
    assert [one[0] for one in seen] == ["/v1/owners/{address}", counted]


async def nobody() -> Message:
    return {"type": "http.disconnect"}


async def swallow(_: Message) -> None:
    pass
