"""The answer as a page and as Markdown. Both show figures of the answer only, each by its path."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from indexer.reports.envelope import Answer
from indexer.reports.health.formats import KINDS, money_in_full
from indexer.reports.text import harmless, symbol
from indexer.resources import when_used

SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""Nothing is loaded from anywhere, nothing runs."""
_TEMPLATES = Path(__file__).parent / "templates"
_CHAINS = {
    1: "Ethereum", 10: "OP Mainnet", 56: "BNB Smart Chain", 100: "Gnosis", 137: "Polygon", 8453: "Base",
    42161: "Arbitrum One", 43114: "Avalanche", 59144: "Linea", 534352: "Scroll",
}  # fmt: skip
_MARKDOWN = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]()<>#+!|~$&"})


def as_page(answer: Answer) -> str:
    """One HTML file that needs nothing else."""
    plots = _plots()
    return (
        _environment(html=True)
        .get_template("report.html.j2")
        .render(
            **_context(answer),
            fig=lambda path, kind="plain": _marked(answer, path, kind),
            plots={name: Markup(svg) for name, svg in plots.drawn(answer["report"]).items()},  # noqa: S704 - our drawing
            series=plots.series(answer["report"]["curves"]),
            style=Markup((_TEMPLATES / "report.css").read_text(encoding="utf-8")),  # noqa: S704 - our file
            policy=SECURITY_POLICY,
        )
    )


def as_markdown(answer: Answer) -> str:
    """The same figures, for terminals, mails and issue trackers."""
    text = (
        _environment(html=False)
        .get_template("report.md.j2")
        .render(**_context(answer), fig=lambda path, kind="plain": _quoted(KINDS[kind](at(answer, path))))
    )
    return text.rstrip() + "\n"


def as_json(answer: Answer) -> str:
    """The answer itself."""
    return msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n"


def waiting_page() -> str:
    """What stands at `/` before the first block was read."""
    style = Markup((_TEMPLATES / "report.css").read_text(encoding="utf-8"))  # noqa: S704 - our file
    return _environment(html=True).get_template("waiting.html.j2").render(style=style, policy=SECURITY_POLICY)


FORMS: Mapping[str, Callable[[Answer], str]] = {"html": as_page, "md": as_markdown, "json": as_json}
"""By the ending of a file's name."""


def at(answer: Answer, path: str) -> Any:  # noqa: ANN401 - whatever stands there
    """The figure at a path like `report.curves.0.points.3.added_debt_usd`. Raises KeyError, IndexError."""
    found: Any = answer
    for step in path.split("."):
        found = found[int(step)] if isinstance(found, list) else found[step]
    return found


def raw(value: object) -> str:
    """A figure as the page's `data-value` has it: strings bare, all else as JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _marked(answer: Answer, path: str, kind: str) -> Markup:
    """A figure that says where it comes from, in full when pointed at."""
    value = at(answer, path)
    full = money_in_full(value) if kind in ("money", "signed_money") else raw(value) if value is not None else ""
    return Markup(
        '<data class="{}" data-figure="{}" data-kind="{}" data-value="{}" value="{}" title="{}">{}</data>'
    ).format(kind, path, kind, harmless(raw(value)), harmless(raw(value)), harmless(full), harmless(KINDS[kind](value)))


def _quoted(text: str) -> str:
    """A text that Markdown takes as it is, in a table too."""
    return " ".join(harmless(text).split()).translate(_MARKDOWN)


def _context(answer: Answer) -> dict[str, Any]:
    return {
        "answer": answer,
        "report": answer["report"],
        "chain": _CHAINS.get(answer["chain_id"], f"chain {answer['chain_id']}"),
    }


@cache
def _environment(*, html: bool) -> Environment:
    found = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=html,  # noqa: S701 - Markdown has a filter of its own, over every figure and text
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters["shown"] = (lambda text: escape(harmless(str(text)))) if html else (lambda text: _quoted(str(text)))
    found.globals["symbol_of"] = lambda token: symbol(token["symbol"], token["asset"])
    return found


def _plots() -> ModuleType:
    """What loads matplotlib, which takes a second."""
    return when_used("indexer.reports.health.plots")
