"""The exposition is what Prometheus reads, and its figures are those of the rows."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from indexer.reports.accounts import Filters, at_risk
from indexer.store import Incident, Store
from tests.unit.api.serving import Served, served
from tests.unit.reports.stored import BLOCK, LIQUIDATABLE


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as running:
        yield running


def scraped(api: Served) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels."""
    answer = api.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_block_head_and_lag(api: Served) -> None:
    figures = scraped(api)
    assert figures["indexer_block_number",] == 100
    assert figures["indexer_head_number",] == 103
    assert figures["indexer_lag_blocks",] == 3
    assert figures["indexer_lag_seconds",] > 10**7
    assert figures["indexer_database_up",] == 1


def test_accounts_with_debt_by_state_and_their_dollars(api: Served) -> None:
    figures = scraped(api)
    counts = {key[2]: value for key, value in figures.items() if key[0] == "indexer_accounts"}
    assert counts == {"healthy": 1, "at_risk": 1, "liquidatable": 1, "bad_debt": 0, "unknown": 0}
    with api.house.doors.snapshot() as snapshot:
        rows, _ = at_risk(snapshot, Filters())
    for row in rows:
        assert figures["indexer_debt_usd", row["deployment"], row["state"]] == row["debt_usd"]


def test_who_is_quarantined_is_unknown_and_not_healthy(api: Served) -> None:
    name = api.house.doors.store.deployments()[0].name
    with Store.open(api.house.doors.settings.database.url) as writer:
        writer.save_incident(Incident(name, BLOCK.number, (LIQUIDATABLE,), "an example", 1))
    api.house.doors.current.wake()
    figures: dict[tuple[str, ...], float] = {}
    while figures.get(("indexer_incidents_open", name)) != 1:
        figures = scraped(api)
    assert figures["indexer_verify_mismatches", name] == 1
    assert figures["indexer_accounts", name, "unknown"] == 3
    assert figures["indexer_accounts", name, "healthy"] == 0


def test_requests_are_counted_by_template(api: Served) -> None:
    for path in ("/healthz", "/healthz", "/no/such/path", "/another?x=1", "/readyz"):
        api.client.get(path)
    for method in ("DELETE", "PROPFIND"):
        api.client.request(method, "/healthz")
    figures = scraped(api)
    counts = {key[1:]: value for key, value in figures.items() if key[0] == "indexer_http_requests_total"}
    assert counts == {
        ("GET", "/healthz", "200"): 2,
        ("GET", "/readyz", "503"): 1,
        ("GET", "none", "404"): 2,
        ("other", "none", "405"): 2,
    }
    assert figures["indexer_http_request_duration_seconds_count", "/healthz"] == 2


def test_no_symbol_of_a_stranger_is_a_label(api: Served) -> None:
    text = api.client.get("/metrics").text
    assert "WETH" not in text
    assert "=USDC" not in text


def test_a_figure_that_another_part_adds_is_scraped(api: Served) -> None:
    api.house.metrics.gauge("indexer_stream_clients", "Open streams", lambda: 7)
    assert scraped(api)["indexer_stream_clients",] == 7
