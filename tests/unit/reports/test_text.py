"""Numbers as people read them: never on the safe side of what is."""

import pytest

from indexer.reports.text import harmless, health_factor, moment, short, short_dollars, symbol, units, usd

WAD = 10**18


@pytest.mark.parametrize(
    ("wad", "shown"),
    [
        (None, "—"),
        (0, "0.0000"),
        (WAD, "1.000000"),
        (WAD - 1, "0.999999"),
        (WAD + 1, "1.000000"),
        (str(1_042_199_999_999_999_999), "1.0421"),
        (1_999_999_999_999_999_999, "1.9999"),
        (12_345 * WAD, "12,345"),
    ],
)
def test_a_health_factor_is_cut_off_and_never_rounded_up(wad: int | str | None, shown: str) -> None:
    assert health_factor(wad) == shown


@pytest.mark.parametrize(
    ("raw", "decimals", "shown"),
    [
        ("1234567890", 6, "1,234.5678"),
        ("1", 18, "<0.0001"),
        ("0", 18, "0"),
        ("-1500", 3, "-1.5"),
        ("7", None, "7 raw"),
        ("12", 0, "12"),
    ],
)
def test_token_units(raw: str, decimals: int | None, shown: str) -> None:
    assert units(raw, decimals) == shown


def test_a_stranger_s_text_moves_no_cursor_and_turns_no_line() -> None:
    assert harmless("A\x1b[31mB\u202eC\n") == "A�[31mB�C�"


def test_symbols_are_short_and_never_empty() -> None:
    address = "0x" + "ab" * 20
    assert symbol(None, address) == symbol("  ", address) == short(address) == "0xabab…abab"
    assert symbol("A" * 50, address) == "A" * 11 + "…"


def test_small_dollars_are_not_nothing() -> None:
    assert (usd(0.001), usd(0), usd(None), usd(1234.5)) == ("<0.01", "0.00", "—", "1,234.50")


def test_a_time_beyond_every_calendar() -> None:
    assert moment(2**63) == str(2**63)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "—"),
        (0.0, "$0.00"),
        (31_100.0, "$31,100"),
        (999_999.0, "$999,999"),
        (4_567_890.0, "$4.57M"),
        (12_345_678_901.0, "$12.35B"),
    ],
)
def test_large_dollars_fit_a_narrow_column(value: float | None, shown: str) -> None:
    assert short_dollars(value) == shown
