"""What we say the Comet would answer, for `verify`: balances to the wei, totals, prices, reserves, quotes."""

from collections.abc import Callable, Iterator

from indexer.book import DeploymentBook
from indexer.errors import ArithmeticOverflow
from indexer.evm import Address, address
from indexer.protocols._interface import Claim, Truth
from indexer.protocols.compound_v3.accrual import total_borrow, total_supply, utilization
from indexer.protocols.compound_v3.state import Comet, UnpricedFeed
from indexer.protocols.compound_v3.stored import stored_account
from indexer.protocols.compound_v3.storefront import collateral_reserves, quote_collateral, reserves

_BASIC = ("int104", "uint64", "uint64", "uint16", "uint8")
_TOTALS = ("uint64", "uint64", "uint64", "uint64", "uint104", "uint104", "uint40", "uint8")
_TOTAL_NAMES = ("supply_index", "borrow_index", "", "", "total_supply", "total_borrow", "last_accrual", "pause_flags")
_BITS_OF_ASSETS_IN = 16


def holdings(entry: Address, rows: DeploymentBook, key: str) -> list[Claim]:
    """The account's principal and bits, and its collateral in every asset it ever had, zero ones too."""
    account = stored_account(rows, key)
    ours = None
    if account is not None:
        low = account.assets_in & (1 << _BITS_OF_ASSETS_IN) - 1
        ours = {"principal": account.principal, "assets_in": low, "reserved": account.assets_in >> _BITS_OF_ASSETS_IN}
    names = ("principal", "", "", "assets_in", "reserved")
    found = [Claim(Truth(entry, "userBasic(address)", (key,), names, _BASIC), ours)]
    base = address(rows.own.get("base_token", 0))
    for market, row in rows.positions_of(key):
        if market != base:
            signature = "userCollateral(address,address)"
            truth = Truth(entry, signature, (key, market), ("collateral", ""), ("uint128", "uint128"))
            found.append(Claim(truth, {"collateral": rows.position_value(row, "supply")}, market))
    return found


def markets(entry: Address, comet: Comet | None, rows: DeploymentBook, at: int) -> list[Claim]:
    """Everything the Comet says about itself and its markets at `at`; nothing where its totals were not read."""
    return [] if comet is None else [*_base_claims(entry, comet, at), *_asset_claims(entry, comet, rows)]


def _base_claims(entry: Address, comet: Comet, at: int) -> Iterator[Claim]:
    totals = comet.totals
    words = (totals.indices.supply, totals.indices.borrow, 0, 0, totals.supply, totals.borrow, totals.last_accrual)
    ours = {name: word for name, word in zip(_TOTAL_NAMES, (*words, comet.pause_flags), strict=True) if name}
    yield Claim(Truth(entry, "totalsBasic()", (), _TOTAL_NAMES, _TOTALS), ours, comet.base)
    numbers: dict[str, tuple[str, Callable[[], int | None]]] = {
        "getUtilization()": ("utilization", lambda: utilization(totals)),
        "totalSupply()": ("supplied", lambda: total_supply(comet, at)),
        "totalBorrow()": ("borrowed", lambda: total_borrow(comet, at)),
    }
    for signature, (name, compute) in numbers.items():
        yield Claim(Truth(entry, signature, (), (name,)), _told(name, compute), comet.base)
    truth = Truth(entry, "getReserves()", (), ("reserves",), ("int256",))
    yield Claim(truth, _told("reserves", lambda: reserves(comet, at)), comet.base)


def _asset_claims(entry: Address, comet: Comet, rows: DeploymentBook) -> Iterator[Claim]:
    feeds = {comet.base: (rows.own.get("base_feed", 0), comet.base_price)}
    feeds.update({asset.address: (rows.markets[asset.address].get("feed", 0), asset.price) for asset in comet.assets})
    for market, (feed, price) in feeds.items():
        truth = Truth(entry, "getPrice(address)", (address(feed),), ("price",))
        yield Claim(truth, None if price is None else {"price": price}, market)
    for asset in comet.assets:
        truth = Truth(
            entry, "totalsCollateral(address)", (asset.address,), ("total_collateral", ""), ("uint128", "uint128")
        )
        yield Claim(truth, {"total_collateral": asset.total}, asset.address)
        held = collateral_reserves(asset)
        truth = Truth(entry, "getCollateralReserves(address)", (asset.address,), ("collateral_reserves",))
        yield Claim(truth, None if held is None else {"collateral_reserves": held}, asset.address)
        arguments = (asset.address, comet.base_scale)
        truth = Truth(entry, "quoteCollateral(address,uint256)", arguments, ("quote",))
        quote = _told("quote", lambda a=asset: quote_collateral(comet, a, comet.base_scale))  # type: ignore[misc]
        yield Claim(truth, quote, asset.address)


def _told(name: str, compute: Callable[[], int | None]) -> dict[str, int] | None:
    """Our number by name; None where the contract reverts, or where we did not read what it takes."""
    try:
        value = compute()
    except (UnpricedFeed, ArithmeticOverflow):
        return None
    return None if value is None else {name: value}
