"""Numbers, addresses and strangers' texts as people read them."""

import unicodedata
from datetime import UTC, datetime

from indexer.units import WAD

NOTHING = "—"
_CLOSE = (WAD * 999 // 1000, WAD * 1001 // 1000)
_LARGE = 1000 * WAD


def harmless(text: str) -> str:
    """A stranger's text without control, format and private characters: they move cursors and flip directions."""
    return "".join("�" if unicodedata.category(char)[0] == "C" else char for char in text)


def symbol(text: str | None, address: str, most: int = 12) -> str:
    """A token's symbol as it calls itself, made harmless and short; its short address where it has none."""
    shown = harmless(text or "").strip()
    if not shown:
        return short(address)
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def short(address: str) -> str:
    """`0x1234…abcd`; names stay as they are."""
    return f"{address[:6]}…{address[-4:]}" if address.startswith("0x") and len(address) > 12 else address


def health_factor(wad: str | int | None) -> str:
    """A health factor, cut off and never rounded up: 0.99999999 stays below one. More digits close to one."""
    if wad is None:
        return NOTHING
    value = int(wad)
    if value >= _LARGE:
        return f"{value // WAD:,}"
    digits = 6 if _CLOSE[0] < value < _CLOSE[1] else 4
    scaled = value // 10 ** (18 - digits)
    return f"{scaled // 10**digits}.{scaled % 10**digits:0{digits}d}"


def units(raw: str | int | None, decimals: int | None, digits: int = 4) -> str:
    """Raw token units with thousands separators, cut off after some digits; raw where decimals are unknown."""
    if raw is None:
        return NOTHING
    value = int(raw)
    if decimals is None:
        return f"{value:,} raw"
    sign, value = ("-", -value) if value < 0 else ("", value)
    whole, part = divmod(value, 10**decimals)
    shown = min(digits, decimals)
    fraction = str(part).rjust(decimals, "0")[:shown].rstrip("0") if shown else ""
    if not whole and not fraction and value:
        return f"{sign}<{10**-shown:.{shown}f}"
    return f"{sign}{whole:,}" + (f".{fraction}" if fraction else "")


def usd(value: float | None) -> str:
    """Dollars with thousands separators."""
    if value is None:
        return NOTHING
    if 0 < abs(value) < 0.01:
        return "<0.01"
    return f"{value:,.2f}"


def dollars(value: float | None) -> str:
    """Dollars for narrow columns, with their sign: cents only below a thousand."""
    if value is None:
        return NOTHING
    return f"${value:,.0f}" if abs(value) >= 1000 else f"${usd(value)}"


def short_dollars(value: float | None) -> str:
    """Dollars for tables of many columns: millions and billions with two digits, the rest in full."""
    if value is None:
        return NOTHING
    for size, name in ((1e9, "B"), (1e6, "M")):
        if abs(value) >= size:
            return f"${value / size:,.2f}{name}"
    return dollars(value)


def percent(fraction: float | None, digits: int = 2) -> str:
    """A fraction of 1 as percent."""
    return NOTHING if fraction is None else f"{fraction * 100:.{digits}f} %"


def bps(value: int | None) -> str:
    """Basis points as percent."""
    return NOTHING if value is None else f"{value / 100:.2f} %"


def moment(timestamp: int | None) -> str:
    """A time in UTC; the number itself where no calendar reaches it."""
    if timestamp is None:
        return NOTHING
    try:
        return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, ValueError, OSError):
        return str(timestamp)


def day(timestamp: int | None) -> str:
    """A date in UTC."""
    return moment(timestamp)[:10]


def duration(seconds: float) -> str:
    """A time span as people say it."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    if seconds < 172_800:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86_400:.1f} days"


def size(count: float) -> str:
    """Bytes as people say them."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
