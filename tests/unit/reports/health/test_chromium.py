"""The page in a real browser: every figure is the JSON's, nothing leaves it, nothing overflows, in every medium."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from indexer.reports.health.formats import KINDS
from indexer.reports.health.rendering import as_page, at, raw
from indexer.reports.text import harmless
from tests.unit.reports.health.stories import EARLIER, HOSTILE, liquidation, report_of

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH: the page was not opened in a browser")
FIGURES = """() => [...document.querySelectorAll("[data-figure]")].map(
    (e) => [e.dataset.figure, e.dataset.kind, e.dataset.value, e.textContent])"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
CONTRASTS = """() => {
  const channel = (v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const light = (c) => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number); return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b); };
  const behind = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!c.endsWith(", 0)") && c !== "transparent") return c; } return "rgb(255, 255, 255)"; };
  const worst = {};
  for (const e of document.querySelectorAll("h1,h2,h3,p,li,dt,dd,th,td,a,code,data,span,figcaption,summary")) {
    if (!e.textContent.trim()) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) worst[e.className + " " + e.tagName] = ratio;
  }
  return worst;
}"""


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return report_of(tmp_path_factory.mktemp("report"), HOSTILE, EARLIER, [liquidation()])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


class Seen:
    """A page opened from its file, and everything it said or asked for."""

    def __init__(self, browser: Browser, file: Path, width: int, scheme: Any) -> None:
        self.page: Page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(file.as_uri())


@pytest.fixture(scope="module")
def file(answer: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(as_page(answer), encoding="utf-8")
    return path


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (1200, "dark"), (360, "light")])
def test_every_figure_is_the_json_s_and_nothing_overflows(
    browser: Browser, file: Path, answer: dict[str, Any], width: int, scheme: str
) -> None:
    seen = Seen(browser, file, width, scheme)
    figures = seen.page.evaluate(FIGURES)
    assert len(figures) > 150
    for path, kind, value, shown in figures:
        figure = at(answer, path)
        assert value == harmless(raw(figure)), path
        assert shown == harmless(KINDS[kind](figure)), path
    assert seen.page.evaluate(OVERFLOW) <= 0
    assert seen.page.evaluate(CONTRASTS) == {}
    assert seen.page.locator("svg.plot:visible").count() == 3
    assert seen.asked == [file.as_uri()]
    assert seen.said == []
    seen.page.close()


def test_dark_is_dark_and_paper_is_white(browser: Browser, file: Path) -> None:
    seen = Seen(browser, file, 1000, "dark")
    background = "() => getComputedStyle(document.body).backgroundColor"
    assert seen.page.evaluate(background) == "rgb(17, 20, 24)"
    seen.page.emulate_media(media="print")
    assert seen.page.evaluate(background) == "rgb(255, 255, 255)"
    assert seen.page.evaluate(OVERFLOW) <= 0
    assert seen.page.pdf(format="A4").startswith(b"%PDF")
    seen.page.close()


def test_the_page_can_be_read_without_eyes(browser: Browser, file: Path) -> None:
    seen = Seen(browser, file, 1000, "light")
    count = seen.page.locator
    assert count("h1").count() == 1
    assert seen.page.evaluate("() => document.documentElement.lang") == "en"
    assert count("svg:not([aria-label])").count() == 0
    assert count("th:not([scope])").count() == 0
    assert count("[role=region]:not([aria-label])").count() == 0
    assert count("section:not([aria-labelledby])").count() == 0
    targets = seen.page.evaluate(
        "() => [...document.querySelectorAll('a')].filter(a => !document.querySelector(a.hash)).length"
    )
    assert targets == 0
    seen.page.close()
