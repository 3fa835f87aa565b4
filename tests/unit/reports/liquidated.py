"""A liquidation in the store of `stored.py`."""

from indexer.evm import BlockRef, address
from indexer.protocols._interface import Liquidation
from indexer.store import BlockRecord, LiquidationRecord, Store
from indexer.words import LiquidationKind
from tests.unit.market_book import DEPLOYMENT
from tests.unit.reports.stored import HEADS, LIQUIDATABLE, USDC, WETH

KEEPER = address(0xCEE9E2)
CALL = Liquidation(
    account=LIQUIDATABLE,
    owner=LIQUIDATABLE,
    market=None,
    liquidator=KEEPER,
    kind=LiquidationKind.FIXED_BONUS,
    log_index=3,
    transaction="0x" + "77" * 32,
    debt_asset=USDC.asset,
    debt_repaid=1_000 * 10**6,
    collateral_asset=WETH.asset,
    collateral_seized=525 * 10**15,
    protocol_fee=25 * 10**14,
)


def liquidate(store: Store, number: int = 101, *, complete: bool = True) -> None:
    """One more block, in which it happens."""
    before = store.cursor()
    assert before is not None
    ref = BlockRef(number, f"0x{number:02x}" + "00" * 31, before.hash, before.timestamp + 12)
    happened = [LiquidationRecord(DEPLOYMENT, number, ref.timestamp, CALL, 97)]
    store.commit([BlockRecord(ref, complete, [], liquidations=happened)], ref, HEADS, {DEPLOYMENT: number})
