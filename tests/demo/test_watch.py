"""The demo's live list: what entered, changed, left."""

from typing import Any

from rich.console import Console

from scripts.demo_tour.screen import plain, render
from scripts.demo_tour.watch import Watch, best_bonus, health_of


def row(account: str, state: str, health: float | None, **more: Any) -> dict[str, Any]:
    wad = None if health is None else str(int(health * 10**18))
    fields = {"deployment": "main", "account": account, "market": None, "state": state, "health_factor_wad": wad}
    return fields | {"debt_usd": 50.0, "collateral_usd": 6_000.0, "liquidation": []} | more


def price(symbol: str, usd: float | None, pending: str | None = None) -> dict[str, Any]:
    coming = None if pending is None else {"answer": pending, "visible_from": 1}
    return {"symbol": symbol, "price_usd": usd, "pending": coming, "answer_decimals": 8}


def test_a_frame_tells_who_entered_changed_and_left() -> None:
    watch = Watch([row("0xaa", "at_risk", 1.01), row("0xbb", "at_risk", 1.04), row("0xcc", "liquidatable", 0.9)])
    frame = watch.frame(
        12, [row("0xaa", "liquidatable", 0.99), row("0xcc", "liquidatable", 0.8), row("0xdd", "at_risk", 1.03)]
    )
    assert [(entry.row["account"], entry.is_new) for entry in frame.changed] == [("0xaa", False), ("0xdd", True)]
    assert [gone["account"] for gone in frame.left] == ["0xbb"]
    assert frame.counts == {"liquidatable": 2, "at_risk": 1}
    assert frame.counts_before == {"liquidatable": 1, "at_risk": 2}


def test_changes_come_first_and_then_the_nearest_to_the_threshold() -> None:
    listed = [row("0xaa", "bad_debt", 0.0), row("0xbb", "unknown", None), row("0xcc", "at_risk", 1.02)]
    frame = Watch(listed).frame(12, [*listed, row("0xdd", "at_risk", 1.04)])
    assert [entry.row["account"] for entry in frame.nearest(3)] == ["0xdd", "0xcc", "0xaa"]


def test_the_best_bonus_is_one_that_the_contract_allows() -> None:
    terms = [{"gross_bonus_usd": 9.0, "allowed": False}, {"gross_bonus_usd": 3.0, "allowed": True}]
    assert best_bonus(row("0xaa", "liquidatable", 0.9, liquidation=terms)) == 3.0
    assert best_bonus(row("0xaa", "liquidatable", 0.9)) is None


def test_an_unknown_account_has_no_health() -> None:
    assert health_of(row("0xaa", "unknown", None)) is None


def test_plain_lines_name_block_prices_counts_and_accounts() -> None:
    frame = Watch([row("0xaa", "at_risk", 1.01)]).frame(12, [row("0xaa", "liquidatable", 0.99)])
    lines = list(plain(frame, "WETH falls by 3 %", [price("WETH", 2_000.0), price("WBTC", None, "5000000000")]))
    assert lines[0] == "block 12  WETH falls by 3 %"
    assert lines[1] == "  WETH 2,000.00  WBTC unpriced  (50.00 published, not visible to Aave yet)"
    assert lines[2] == "  liquidatable 1 (+1)  at_risk 0 (-1)"
    assert lines[3] == "  ● 0xaa…0xaa main: at_risk -> liquidatable, health 0.9900"


def test_the_screen_says_how_many_rows_it_leaves_out() -> None:
    listed = [row(f"0x{number}", "at_risk", 1.01) for number in range(5)]
    console = Console(width=120, record=True, quiet=True)
    with console.capture() as shown:
        console.quiet = False
        console.print(render(Watch([]).frame(12, listed), "calm", [price("WETH", 1.0)], 3))
    assert "… and 2 more" in shown.get()
