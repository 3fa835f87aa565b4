"""Liquidations as they happened, newest first, as rows for all doors (docs/liquidations.md).

Amounts are the logs'. Dollars and the bonus are computed at the prices stored at the end of the liquidation's own
block, as the deployment's own oracle had them: a block that was backfilled has none, then they are null.
"""

from dataclasses import replace
from fractions import Fraction

from indexer.book import Entity
from indexer.errors import NotFoundError
from indexer.evm import Address
from indexer.protocols._interface import Liquidation, ValueUnit
from indexer.reports.envelope import Answer, envelope
from indexer.reports.rows import Row, text
from indexer.reports.snapshot import DeploymentView, Snapshot
from indexer.store import LiquidationFilters, LiquidationRecord, Store
from indexer.words import LiquidationKind

__all__ = ["LiquidationFilters", "liquidations_answer"]

_BPS = 10_000
_PAID_FOR = (LiquidationKind.FIXED_BONUS, LiquidationKind.AUCTION_SALE)
"""Kinds in which somebody gets collateral for debt he pays."""
_Worth = tuple[Fraction, ValueUnit]


def liquidations_answer(snapshot: Snapshot, store: Store, filters: LiquidationFilters) -> Answer:
    """`indexer liquidations`: up to the snapshot's block; `next_after` is where the next page goes on, null at the end.

    Raises NotFoundError for a deployment that the store does not have.
    """
    protocols = {deployment.name: deployment.protocol for deployment in store.deployments()}
    if filters.deployment is not None and filters.deployment not in protocols:
        names = ", ".join(protocols) or "none"
        raise NotFoundError(f"no deployment {filters.deployment!r}; there are: {names}")
    last = snapshot.ref.number
    until = last if filters.until_block is None else min(last, filters.until_block)
    found = store.liquidations(replace(filters, until_block=until))
    rows = _Rows(snapshot, store)
    is_full = filters.limit is not None and len(found) >= filters.limit
    return {
        **envelope(snapshot),
        "next_after": list(found[-1].key) if is_full and found else None,
        "liquidations": [{**rows.of(one), "protocol": protocols[one.deployment]} for one in found],
    }


class _Rows:
    """Makes rows, with what they have in common read once."""

    def __init__(self, snapshot: Snapshot, store: Store) -> None:
        self._snapshot = snapshot
        self._store = store
        self._views = {found.deployment.name: found for found in snapshot.deployments}
        self._markets = {
            (name, asset): market
            for name, found in self._views.items()
            for asset, market in _priced(snapshot, found).items()
        }
        self._prices: dict[tuple[str, str, int], int | None] = {}
        self._complete: dict[int, bool] = {}

    def of(self, record: LiquidationRecord) -> Row:
        """One row."""
        what, since = record.what, record.liquidatable_since
        found = self._views.get(record.deployment)
        repaid = self._worth(record, what.debt_asset, what.debt_repaid)
        seized = self._worth(record, what.collateral_asset, what.collateral_seized)
        return {
            "deployment": record.deployment,
            "protocol": None,
            "block_number": record.block_number,
            "block_timestamp": record.block_timestamp,
            "transaction_hash": what.transaction,
            "log_index": what.log_index,
            "account": what.account.partition("/")[0] if found is None else found.now.identify(what.account).account,
            "owner": what.owner,
            "market": what.market,
            "liquidator": what.liquidator,
            "kind": what.kind.value,
            **self._token("debt", what.debt_asset),
            "debt_repaid": text(what.debt_repaid),
            **self._token("collateral", what.collateral_asset),
            "collateral_seized": text(what.collateral_seized),
            "protocol_fee": text(what.protocol_fee),
            "receipt_asset": what.receipt_asset,
            "receipt_seized": text(what.receipt_seized),
            "bonus_bps": _bonus(what, repaid, seized),
            "bad_debt": text(self._bad_debt(record)),
            "auction": what.auction,
            "debt_repaid_usd": self._usd(repaid, record.block_number),
            "collateral_seized_usd": self._usd(seized, record.block_number),
            "liquidatable_since": since,
            "liquidatable_blocks": None if since is None else record.block_number - since,
        }

    def _token(self, side: str, asset: Address | None) -> Row:
        token = None if asset is None else self._snapshot.tokens.get(asset)
        return {
            f"{side}_asset": asset,
            f"{side}_symbol": None if token is None else token.symbol,
            f"{side}_decimals": None if token is None else token.decimals,
        }

    def _worth(self, record: LiquidationRecord, asset: Address | None, amount: int | None) -> _Worth | None:
        """An amount in whole units of what the deployment's prices count in; None where it cannot be told."""
        found, whole = self._views.get(record.deployment), self._whole(asset, amount)
        if found is None or asset is None or whole is None:
            return None
        own = record.what.market
        if own is not None and asset == record.what.debt_asset:
            return whole, found.now.price_unit(own)  # such an account's collateral is priced in what it owes
        market = own or self._markets.get((record.deployment, asset))
        price = None if market is None else self._price(record.deployment, market, record.block_number)
        if market is None or price is None:
            return None
        unit = found.now.price_unit(market)
        return whole * price / 10**unit.decimals, unit

    def _usd(self, worth: _Worth | None, number: int) -> float | None:
        if worth is None:
            return None
        amount, unit = worth
        if unit.is_usd:
            return float(amount)
        for name, found in self._views.items():
            market = None if unit.asset is None else self._markets.get((name, unit.asset))
            if market is not None and (dollars := found.now.price_unit(market)).is_usd:
                price = self._price(name, market, number)
                return None if price is None else float(amount * price / 10**dollars.decimals)
        return None

    def _whole(self, asset: Address | None, amount: int | None) -> Fraction | None:
        token = None if asset is None else self._snapshot.tokens.get(asset)
        if amount is None or token is None or token.decimals is None:
            return None
        return Fraction(amount, 10**token.decimals)

    def _price(self, deployment: str, market: str, number: int) -> int | None:
        """The price read at the end of a block; None at a block that was not read."""
        if number not in self._complete:
            block = self._store.block(number)
            self._complete[number] = block is not None and block.complete
        if not self._complete[number]:
            return None
        key = (deployment, market, number)
        if key not in self._prices:
            self._prices[key] = self._store.value_at(Entity(deployment, market), "price", number)
        return self._prices[key]

    def _bad_debt(self, record: LiquidationRecord) -> int | None:
        """What the log says, or for the end of an auction what all its sales did not bring in of the debt taken."""
        what = record.what
        if what.bad_debt is not None or what.auction is None:
            return what.bad_debt
        asked = LiquidationFilters(
            deployment=record.deployment, auction=what.auction, account=what.account, until_block=record.block_number
        )
        rows = [one.what for one in self._store.liquidations(asked) if one.key <= record.key]
        taken = [one.debt_repaid or 0 for one in rows if one.kind is LiquidationKind.AUCTION]
        sold = sum(one.debt_repaid or 0 for one in rows if one.kind is LiquidationKind.AUCTION_SALE)
        return max(0, taken[0] - sold) if taken else None


def _priced(snapshot: Snapshot, found: DeploymentView) -> dict[Address, str]:
    """The market that prices each asset of a deployment; the first where several do."""
    return {row.asset: row.market for row in reversed(found.now.markets(snapshot.at))}


def _bonus(what: Liquidation, repaid: _Worth | None, seized: _Worth | None) -> int | None:
    """Value seized over value repaid, less 1, in basis points, rounded down."""
    if what.kind not in _PAID_FOR or repaid is None or seized is None or not repaid[0]:
        return None
    if (repaid[1].is_usd, repaid[1].asset) != (seized[1].is_usd, seized[1].asset):
        return None
    return int((seized[0] / repaid[0] - 1) * _BPS // 1)
