"""Reports of small databases, with symbols that strangers chose."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from indexer.evm import address
from indexer.oracles.feeds import Feed
from indexer.reports.health.answer import Earlier, report_answer
from indexer.reports.snapshot import Asked, Snapshot, open_snapshot
from indexer.store import Store, Token
from tests.unit.reports.stored import BLOCK, USDC, WETH, changes_of, write_store

HOSTILE = "<script>alert(1)</script>|[x](javascript:1)`\"'\u202e"
"""A symbol that means harm to HTML, to Markdown and to the eye."""
FEEDS = {address(0xFE): Feed("ETH / USD", address(0xFE), 3600, 50)}
EARLIER = Earlier(90, "0x" + "5a" * 32, BLOCK.timestamp - 86_400, {"debt_usd": 30_000.5, "borrowers": 2})


@contextmanager
def opened(folder: Path, symbol: str = "=USDC", **asked: Any) -> Iterator[Snapshot]:
    """The small database's block, its dollar called `symbol`."""
    url = write_store(f"sqlite:///{folder}/indexer.db", changes_of())
    with Store.open(url) as store:
        store.save_tokens([Token(USDC.asset, symbol, 6, symbol), Token(WETH.asset, "WETH", 18, "Wrapped Ether")])
        with open_snapshot(store, Asked(feeds=FEEDS, **asked)) as snapshot:
            yield snapshot


def report_of(
    folder: Path,
    symbol: str = "=USDC",
    earlier: Earlier | None = None,
    liquidations: Sequence[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Its report."""
    with opened(folder, symbol) as snapshot:
        return report_answer(snapshot, earlier, liquidations)


def liquidation() -> dict[str, Any]:
    """A row as `indexer liquidations` gives it, of a stranger's token."""
    return {
        "deployment": "aave_v3_main", "protocol": "aave_v3", "block_number": 99, "account": address(0xB1),
        "debt_asset": USDC.asset, "debt_symbol": HOSTILE, "debt_repaid_usd": 1_234.5, "collateral_asset": WETH.asset,
        "collateral_symbol": "WETH", "collateral_seized_usd": 1_296.2, "liquidatable_blocks": 3,
    }  # fmt: skip
