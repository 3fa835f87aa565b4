"""Markdown and page without a browser: escaping, the same figures, nothing from anywhere, every kind of number."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest

from indexer.reports.health.formats import KINDS, money, signed_count, signed_money, signed_ratio
from indexer.reports.health.rendering import as_json, as_markdown, as_page, at, waiting_page
from tests.unit.reports.health.stories import EARLIER, HOSTILE, liquidation, report_of

MINUS = "\N{MINUS SIGN}"


class Elements(HTMLParser):
    """Every element with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return report_of(tmp_path_factory.mktemp("report"), HOSTILE, EARLIER, [liquidation()])


class TestPage:
    @pytest.fixture(scope="class")
    def page(self, answer: dict[str, Any]) -> str:
        return as_page(answer)

    def test_a_stranger_s_symbol_is_text(self, page: str) -> None:
        assert "<script" not in page
        assert "\u202e" not in page
        assert "&lt;script&gt;" in page
        assert not [name for _, attributes in Elements(page).found for name in attributes if name.startswith("on")]

    def test_nothing_is_loaded_and_nothing_runs(self, page: str) -> None:
        elements = Elements(page).found
        assert {tag for tag, _ in elements} & {"script", "img", "iframe", "object", "embed", "base", "form"} == set()
        links = [
            value for _, a in elements for name, value in a.items() if name in ("href", "src", "xlink:href") and value
        ]
        assert [link for link in links if not link.startswith(("#", "data:,"))] == []
        policy = next(a["content"] for _, a in elements if a.get("http-equiv") == "Content-Security-Policy")
        assert policy is not None
        assert policy.startswith("default-src 'none';")
        assert not re.search(r"url\(\s*['\"]?(?!#)", page)

    def test_no_identifier_stands_twice(self, page: str) -> None:
        names = [a["id"] for _, a in Elements(page).found if "id" in a]
        assert sorted(set(names)) == sorted(names)

    def test_plots_take_the_page_s_colours(self, page: str) -> None:
        drawn = "".join(re.findall(r'<svg class="plot.*?</svg>', page, re.DOTALL))
        assert drawn.count('role="img"') == 6
        assert "var(--liquidatable)" in drawn
        assert set(re.findall(r"(?:fill|stroke): (#\w+)", drawn)) <= {"#000000"}

    def test_every_path_is_in_the_answer(self, answer: dict[str, Any], page: str) -> None:
        paths = [a["data-figure"] for tag, a in Elements(page).found if tag == "data"]
        assert len(paths) > 150
        for path in paths:
            at(answer, path or "")

    def test_what_is_unknown_is_said_at_the_top(self, page: str) -> None:
        assert 0 < page.index("What is not known") < page.index("How healthy the debt is")

    def test_an_empty_database_has_a_page_too(self, answer: dict[str, Any]) -> None:
        empty = msgspec.json.decode(msgspec.json.encode(answer))
        report = empty["report"]
        for name in ("worst", "bad_debt", "curves", "pegged", "liquidations", "unknown", "deployments"):
            report[name] = []
        assert "No account is liquidatable or at risk." in as_page(empty)
        assert "No account is liquidatable or at risk." in as_markdown(empty)


class TestMarkdown:
    def test_a_stranger_s_symbol_is_text(self, answer: dict[str, Any]) -> None:
        text = as_markdown(answer)
        assert "<script" not in text
        assert re.search(r"(?<!\\)\[x", text) is None
        assert "\u202e" not in text

    def test_tables_have_as_many_cells_in_each_row(self, answer: dict[str, Any]) -> None:
        tables = re.findall(r"(?:^\|.*\n)+", as_markdown(answer), re.MULTILINE)
        assert len(tables) >= 8
        for table in tables:
            rows = [len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()]
            assert len(set(rows)) == 1, table
            assert table.splitlines()[1].startswith("|---") or table.splitlines()[1].startswith("|--:")

    def test_no_hole_is_left_by_the_template(self, answer: dict[str, Any]) -> None:
        text = as_markdown(answer)
        assert "\n\n\n\n" not in text
        assert "{%" not in text
        assert "None" not in text


def test_json_is_the_answer(answer: dict[str, Any]) -> None:
    assert msgspec.json.decode(as_json(answer)) == msgspec.json.decode(msgspec.json.encode(answer))


def test_the_page_that_waits_looks_again(tmp_path: Path) -> None:
    del tmp_path
    assert '<meta http-equiv="refresh" content="5">' in waiting_page()
    assert "<script" not in waiting_page()


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "—"), (0.0, "$0"), (0.004, "<$0.01"), (12.345, "$12.35"), (1_000.0, "$1,000"), (9_999.4, "$9,999"),
     (12_345.0, "$12.3 k"), (999_949.0, "$1,000 k"), (1_234_567.0, "$1.23 M"), (45_600_000.0, "$45.6 M"),
     (7.89e9, "$7.89 B"), (-1_234_567.0, f"{MINUS}$1.23 M")],
)  # fmt: skip
def test_dollars_of_a_headline(value: float | None, shown: str) -> None:
    assert money(value) == shown


def test_changes_carry_their_sign() -> None:
    assert [signed_count(value) for value in (None, 0, 3, -1_234)] == ["—", "±0", "+3", f"{MINUS}1,234"]
    assert [signed_money(value) for value in (None, 0.0, 3.0, -20.0)] == ["—", "±$0", "+$3.00", f"{MINUS}$20.00"]
    assert [signed_ratio(value) for value in (0.0, -0.0123)] == ["±0", f"{MINUS}1.23 points"]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_is_missing_is_a_dash_and_never_zero(kind: str) -> None:
    assert KINDS[kind](None) == "—"
