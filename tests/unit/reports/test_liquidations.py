"""Rows of `indexer liquidations`, over a database written without a node."""

from dataclasses import replace
from pathlib import Path

import pytest

from indexer.book import Change
from indexer.errors import NotFoundError
from indexer.evm import BlockRef
from indexer.protocols._interface import Liquidation
from indexer.reports.face import open_store
from indexer.reports.liquidations import LiquidationFilters
from indexer.risk import watch
from indexer.store import BlockRecord, LiquidationRecord, Store
from indexer.words import LiquidationKind
from tests.unit.market_book import DEPLOYMENT
from tests.unit.reports.liquidated import CALL, KEEPER
from tests.unit.reports.stored import BLOCK, HEADS, HEALTHY, LIQUIDATABLE, USDC, WETH, changes_of, write_store

NEXT = BlockRef(101, "0x" + "65" * 32, BLOCK.hash, BLOCK.timestamp + 12)
IN_AN_AUCTION = replace(CALL, auction="0xc11b#7", bad_debt=0)


def written(
    folder: Path, *happened: Liquidation, complete: bool = True, usd_change: int = 0, since: int | None = 97
) -> str:
    """Block 100 with prices, then block 101 in which it happened, WETH `usd_change` base units dearer."""
    url = write_store(f"sqlite:///{folder}/indexer.db", changes_of())
    entity = next(c.entity for c in changes_of() if c.field == "price" and c.entity.market == WETH.asset)
    assert WETH.price is not None
    dearer = [Change(entity, "price", WETH.price, WETH.price + usd_change)] if usd_change else []
    records = [LiquidationRecord(DEPLOYMENT, NEXT.number, NEXT.timestamp, one, since) for one in happened]
    with Store.open(url) as store:
        store.commit([BlockRecord(NEXT, complete, dearer, liquidations=records)], NEXT, HEADS, {DEPLOYMENT: 101})
    return url


def test_a_row_has_the_logs_amounts_and_its_own_blocks_prices(tmp_path: Path) -> None:
    with open_store(written(tmp_path, CALL, usd_change=100 * 10**8)) as reader:
        rows = reader.liquidations()
    assert USDC.price is not None
    debt, collateral = 1_000 * USDC.price, 525 * 2_100 * 10**8 // 1_000
    expected = {
        "deployment": DEPLOYMENT,
        "protocol": "aave_v3",
        "block_number": 101,
        "block_timestamp": NEXT.timestamp,
        "transaction_hash": CALL.transaction,
        "log_index": 3,
        "account": LIQUIDATABLE,
        "owner": LIQUIDATABLE,
        "market": None,
        "liquidator": KEEPER,
        "kind": "fixed_bonus",
        "debt_asset": USDC.asset,
        "debt_symbol": "=USDC",
        "debt_decimals": 6,
        "debt_repaid": "1000000000",
        "collateral_asset": WETH.asset,
        "collateral_symbol": "WETH",
        "collateral_decimals": 18,
        "collateral_seized": "525000000000000000",
        "protocol_fee": "2500000000000000",
        "receipt_asset": None,
        "receipt_seized": None,
        "bonus_bps": (collateral - debt) * 10_000 // debt,
        "bad_debt": "0",
        "auction": None,
        "debt_repaid_usd": pytest.approx(debt / 10**8),
        "collateral_seized_usd": pytest.approx(collateral / 10**8),
        "liquidatable_since": 97,
        "liquidatable_blocks": 4,
    }
    assert rows == [expected]


def test_a_block_that_was_not_read_has_no_prices_of_its_own(tmp_path: Path) -> None:
    """Those of the block before are not taken in their place."""
    url = written(tmp_path, CALL, complete=False, since=None)
    last = replace(NEXT, number=102, hash="0x" + "66" * 32, parent_hash=NEXT.hash)
    with Store.open(url) as store:
        store.commit([BlockRecord(last, complete=True, changes=())], last, HEADS, {DEPLOYMENT: 102})
    with open_store(url) as reader:
        (row,) = reader.liquidations()
    dollars = ("bonus_bps", "debt_repaid_usd", "collateral_seized_usd", "liquidatable_since", "liquidatable_blocks")
    assert [row[name] for name in dollars] == [None] * 5
    assert row["debt_repaid"] == "1000000000"


def test_what_logs_do_not_tell_is_null(tmp_path: Path) -> None:
    taken = replace(CALL, collateral_seized=None, protocol_fee=None, liquidator=None, bad_debt=None)
    with open_store(written(tmp_path, taken)) as reader:
        (row,) = reader.liquidations()
    names = ("collateral_seized", "protocol_fee", "liquidator", "bad_debt", "bonus_bps", "collateral_seized_usd")
    assert [row[name] for name in names] == [None] * 6


def test_nobody_pays_for_what_an_auction_takes_over(tmp_path: Path) -> None:
    with open_store(written(tmp_path, replace(IN_AN_AUCTION, kind=LiquidationKind.AUCTION))) as reader:
        (row,) = reader.liquidations()
    assert row["bonus_bps"] is None
    assert row["collateral_seized_usd"] is not None


@pytest.mark.parametrize(("sold", "lost"), [((300, 200), "500000000"), ((700, 600), "0")])
def test_an_auction_that_ends_unpaid_lost_what_its_sales_did_not_bring(
    tmp_path: Path, sold: tuple[int, int], lost: str
) -> None:
    begun = replace(IN_AN_AUCTION, kind=LiquidationKind.AUCTION, debt_repaid=1_000 * 10**6)
    sales = [
        replace(IN_AN_AUCTION, kind=LiquidationKind.AUCTION_SALE, debt_repaid=dollars * 10**6, log_index=4 + at)
        for at, dollars in enumerate(sold)
    ]
    another = replace(begun, auction="0xc11b#8", log_index=9)
    ended = replace(sales[1], bad_debt=None)
    with open_store(written(tmp_path, begun, sales[0], ended, another)) as reader:
        rows = {row["log_index"]: row for row in reader.liquidations()}
    assert [rows[index]["bad_debt"] for index in (3, 4, 5, 9)] == ["0", "0", lost, "0"]


def test_an_auction_whose_beginning_is_not_stored_lost_nobody_knows_how_much(tmp_path: Path) -> None:
    ended = replace(IN_AN_AUCTION, kind=LiquidationKind.AUCTION_SALE, bad_debt=None)
    with open_store(written(tmp_path, ended)) as reader:
        assert [row["bad_debt"] for row in reader.liquidations()] == [None]


def test_pages_and_blocks(tmp_path: Path) -> None:
    calls = [replace(CALL, log_index=index) for index in range(3)]
    with open_store(written(tmp_path, *calls)) as reader, reader.snapshot() as snapshot:
        page = reader.liquidations_of(snapshot, LiquidationFilters(limit=2))
        assert (page["block_number"], page["next_after"]) == (101, [101, 1])
        rest = reader.liquidations_of(snapshot, LiquidationFilters(limit=2, after=(101, 1)))
        assert [row["log_index"] for row in (*page["liquidations"], *rest["liquidations"])] == [2, 1, 0]
        assert rest["next_after"] is None
        assert reader.liquidations(block=100) == []
        assert reader.liquidations(account=HEALTHY) == []
        with pytest.raises(NotFoundError, match="no deployment 'nowhere'; there are: "):
            reader.liquidations(deployment="nowhere")


def test_account_rows_say_since_when(tmp_path: Path) -> None:
    url = written(tmp_path)
    entity = watch.entity_of(DEPLOYMENT, LIQUIDATABLE)
    last = BlockRef(102, "0x" + "66" * 32, NEXT.hash, NEXT.timestamp + 12)
    with Store.open(url) as store:
        watched = [Change(entity, watch.FIELD, None, 102)]
        store.commit([BlockRecord(last, complete=True, changes=watched)], last, HEADS, {DEPLOYMENT: 102})
    with open_store(url) as reader:
        since = {row["account"]: row["liquidatable_since"] for row in reader.at_risk(below=2)}
        assert since.pop(LIQUIDATABLE) == 102
        assert set(since.values()) == {None}
        assert {row["liquidatable_since"] for row in reader.at_risk(below=2, block=101)} == {None}
