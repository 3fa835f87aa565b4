"""Alerts in words: short, plain, without links; strangers' texts can neither mention nor link anything."""

from collections.abc import Callable, Mapping, Sequence

from indexer.reports.alerts.rules import Kind, Rule
from indexer.reports.text import dollars, duration, harmless, health_factor, percent, short, symbol, units
from indexer.risk.alerting import Event, Facts, News

_DEFUSED = str.maketrans(
    {
        "@": "＠",  # noqa: RUF001 - looks the same, and mentions nobody
        "<": "‹",  # noqa: RUF001
        ">": "›",  # noqa: RUF001
        "#": "＃",  # noqa: RUF001
        "&": "＆",  # noqa: RUF001
        "*": "∗",  # noqa: RUF001
        "_": "＿",  # noqa: RUF001
        "~": "∼",  # noqa: RUF001
        "`": "ʼ",  # noqa: RUF001
        "|": "∣",  # noqa: RUF001
        "[": "❲",  # noqa: RUF001
        "]": "❳",  # noqa: RUF001
        "(": "❨",  # noqa: RUF001
        ")": "❩",  # noqa: RUF001
        "/": "∕",  # noqa: RUF001
        "\\": "∖",  # noqa: RUF001
        ":": "∶",  # noqa: RUF001
        ".": "․",  # noqa: RUF001
        "\n": " ",
        "\r": " ",
    }
)


def defused(text: str) -> str:
    """A stranger's text that no chat service reads as markup, mention or link."""
    return harmless(text.translate(_DEFUSED))


def token(text: str | None, address: str) -> str:
    """A token: its symbol, made harmless, and its address beside it."""
    shown = defused(symbol(text, "")) if text else ""
    return f"{shown} ({address})" if shown else address


def headline(rule: Rule, news: Sequence[News], size: float | None, unit: str | None) -> str:
    """What happened, in one line."""
    count = "the indexer's lag" if rule.kind is Kind.SYNC_LAG else f"{len(news):,} {_noun(rule.kind, len(news))}"
    total = ""
    if size is not None and unit == "usd":
        total = f", {dollars(size)}" + (" of debt" if rule.kind is Kind.STATE else "")
    return f"{news[0].event.upper()} {rule.name}: {count}{total}"


def line(rule: Rule, one: News) -> str:
    """One subject in one line."""
    words = _WORDS[rule.kind](one.facts)
    if one.event is Event.RESOLVED and rule.kind is not Kind.STATE:
        words = f"over: {words}"
    if one.event is Event.RESOLVED and rule.kind is Kind.STATE:
        words = f"{words} now"
    if one.orphaned and one.was is not None:
        words += f"; block {one.was.said.number}, where it was said, was orphaned"
    return words


def _noun(kind: Kind, count: int) -> str:
    one, many = {
        Kind.STATE: ("account", "accounts"),
        Kind.SOLVENCY: ("figure", "figures"),
        Kind.ORACLE_STALE: ("price", "prices"),
        Kind.PENDING_PRICE: ("pending price", "pending prices"),
        Kind.SYNC_LAG: ("lag", "lags"),
        Kind.VERIFY_MISMATCH: ("mismatch with the contracts", "mismatches with the contracts"),
    }[kind]
    return one if count == 1 else many


def _account(facts: Facts) -> str:
    state = str(facts["state"]).replace("_", " ")
    if facts["reason"]:
        state += f" ({str(facts['reason']).replace('_', ' ')})"
    words = f"{facts['deployment']} {facts['account']}"
    if facts["market"]:
        words += f" in market {short(str(facts['market']))}"
    words += f": {state}"
    if facts["health_factor_wad"] is not None:
        words += f", health factor {health_factor(facts['health_factor_wad'])}"
    if facts["debt_usd"] is not None:
        words += f", debt {dollars(facts['debt_usd'])}, collateral {dollars(facts['collateral_usd'])}"
    return words + (_terms(facts) if facts["state"] in {"liquidatable", "bad_debt"} else "")


def _terms(facts: Facts) -> str:
    if facts.get("debt_asset") is None:
        return ""
    repay = units(facts["max_debt_to_cover"], facts["debt_decimals"])
    words = f"; repay up to {repay} {token(facts['debt_symbol'], facts['debt_asset'])}"
    words += f" for {token(facts['collateral_symbol'], facts['collateral_asset'])}"
    return words if facts["allowed"] else f"{words}, forbidden by {', '.join(facts['gates'])}".replace("_", " ")


def _solvency(facts: Facts) -> str:
    where = str(facts["deployment"])
    if facts.get("asset"):
        where += f" {token(facts['symbol'], facts['asset'])}"
    shown = {"unknown_borrowers": lambda value: f"{value:,.0f}", "utilisation": percent}
    show: Callable[[float], str] = shown.get(facts["figure"], dollars)
    figure = str(facts["figure"]).removesuffix("_usd").replace("_", " ")
    return f"{where}: {figure} {show(facts['value'])}, the limit is {show(facts['above'])}"


def _price(facts: Facts) -> str:
    words = f"{facts['deployment']} {token(facts['symbol'], facts['asset'])}"
    if facts["price_state"] == "unpriced":
        return f"{words}: the contract cannot read its price"
    age = "of unknown age" if facts["age_s"] is None else f"{duration(facts['age_s'])} old"
    names = ", ".join(defused(name) for name in facts["stale_feeds"])
    return f"{words}: price {age}" + (f", older than its heartbeat: {names}" if names else "")


def _pending(facts: Facts) -> str:
    pending: Mapping[str, object] = facts["pending"]
    move = "" if facts["move_bps"] is None else f", a move of {percent(facts['move_bps'] / 10_000)}"
    upcoming = pending.get("answer", pending.get("price"))
    from_ = pending["visible_from"]
    when = "" if from_ is None else f", used from {from_}"
    return f"{facts['deployment']} {token(facts['symbol'], facts['asset'])}: {upcoming} is published{move}{when}"


def _lag(facts: Facts) -> str:
    blocks = "an unknown number of" if facts["lag_blocks"] is None else f"{facts['lag_blocks']:,}"
    return f"{blocks} blocks behind the head, the last one is {duration(facts['lag_s'])} old"


def _mismatch(facts: Facts) -> str:
    where = f"{facts['deployment']} is quarantined since block {facts['since_block']}"
    return f"{where}: {facts['mismatches']:,} accounts differ; {defused(facts['example'])}"


_WORDS: Mapping[Kind, Callable[[Facts], str]] = {
    Kind.STATE: _account,
    Kind.SOLVENCY: _solvency,
    Kind.ORACLE_STALE: _price,
    Kind.PENDING_PRICE: _pending,
    Kind.SYNC_LAG: _lag,
    Kind.VERIFY_MISMATCH: _mismatch,
}
