"""The table of markets: amounts in the token they count, limits of every protocol."""

from typing import Any

from rich.console import Console

from indexer.cli.tables.market import draw_markets

HEAD = {"chain_id": 1, "block_number": 9, "block_timestamp": 1_760_000_000, "finality": "final"}
ROW: dict[str, Any] = {
    "deployment": "made",
    "revision": "1",
    "market": "WBTC-A",
    "symbol": "WBTC",
    "price": None,
    "price_usd": None,
    "decimals": 8,
    "supplied": str(7 * 10**8),
    "ltv_bps": 6_896,
    "liquidation_threshold_bps": 6_896,
}


def drawn(**fields: object) -> str:
    """The table of one market, as text."""
    console = Console(width=200, no_color=True)
    with console.capture() as capture:
        console.print(draw_markets({**HEAD, "markets": [{**ROW, **fields}]}))
    return capture.get()


def test_a_debt_in_another_token_is_shown_in_its_own_units_and_is_no_use_of_the_collateral() -> None:
    text = drawn(borrowed=str(210_000 * 10**18), borrowed_asset="0xda1", borrowed_decimals=18)
    assert "210,000" in text
    assert "210,000," not in text
    assert "%" not in text.splitlines()[-2].partition("210,000")[2]
    assert "68.96 / 68.96 / " in text


def test_use_is_what_is_borrowed_of_what_was_supplied() -> None:
    assert "50" in drawn(borrowed=str(35 * 10**7))
