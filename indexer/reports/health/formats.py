"""How the figures of the report read: one function a kind, for page and Markdown alike."""

from collections.abc import Callable, Mapping
from typing import Any

from indexer.reports.text import NOTHING, duration, health_factor, moment, percent, short

MINUS = "\N{MINUS SIGN}"


def money(value: float | None) -> str:
    """Dollars as a headline has them: three or four digits, then thousand, million, billion."""
    if value is None:
        return NOTHING
    sign, size = (MINUS, -value) if value < 0 else ("", value)
    if size and size < 0.01:
        return f"{sign}<$0.01"
    for limit, unit in ((1e9, "B"), (1e6, "M"), (1e4, "k")):
        if size >= limit:
            scaled = size / (1e3 if unit == "k" else limit)
            digits = 2 if scaled < 10 else 1 if scaled < 100 else 0
            return f"{sign}${scaled:,.{digits}f} {unit}"
    return f"{sign}${size:,.0f}" if size >= 1000 or size == 0 else f"{sign}${size:,.2f}"


def money_in_full(value: float | None) -> str:
    """Dollars and cents."""
    return NOTHING if value is None else f"${value:,.2f}".replace("$-", f"{MINUS}$")


def count(value: int | None) -> str:
    """With thousands separators."""
    return NOTHING if value is None else f"{value:,}".replace("-", MINUS)


def signed_count(value: int | None) -> str:
    """A change of a count."""
    return NOTHING if value is None else "±0" if not value else f"{value:+,}".replace("-", MINUS)


def signed_money(value: float | None) -> str:
    """A change of dollars."""
    if value is None:
        return NOTHING
    return "±$0" if not value else money(value) if value < 0 else f"+{money(value)}"


def signed_ratio(value: float | None) -> str:
    """A change of a ratio, in percentage points."""
    return NOTHING if value is None else "±0" if not value else f"{value * 100:+.2f} points".replace("-", MINUS)


def share(value: float | None) -> str:
    """A fraction of 1 as percent, one digit."""
    return percent(value, 1)


def fall(value: float | None) -> str:
    """A fall, as people write it."""
    return NOTHING if value is None else "today" if value == 0 else f"{MINUS}{value * 100:g} %"


def factor(value: float | None) -> str:
    """An end of a bin of health factors."""
    return NOTHING if value is None else f"{value:g}"


def since(seconds: float | None) -> str:
    """An age."""
    return NOTHING if seconds is None else duration(seconds)


def plain(value: object) -> str:
    """As it is."""
    return NOTHING if value is None else str(value)


def words(value: object) -> str:
    """A name of ours, for people: `bad_debt` as "bad debt"."""
    return NOTHING if value is None else str(value).replace("_", " ")


def address(value: str | None) -> str:
    """The two ends of an address or hash."""
    return NOTHING if value is None else short(value)


KINDS: Mapping[str, Callable[[Any], str]] = {
    "money": money,
    "count": count,
    "signed_money": signed_money,
    "signed_count": signed_count,
    "signed_ratio": signed_ratio,
    "share": share,
    "fall": fall,
    "factor": factor,
    "health": health_factor,
    "moment": moment,
    "since": since,
    "plain": plain,
    "words": words,
    "address": address,
}
