"""From stored fields to the plain integers the maths takes."""

from collections.abc import Mapping

from indexer.book import DeploymentBook
from indexer.evm import Address, address
from indexer.protocols.compound_v3.interfaces import MAX_ASSETS
from indexer.protocols.compound_v3.principals import UNREAD
from indexer.protocols.compound_v3.state import (
    BASE_INDEX_SCALE,
    FACTOR_SCALE,
    PRICE_SCALE,
    Account,
    Asset,
    Comet,
    Indices,
    RateCurve,
    Totals,
)

_SCALES = {"index_scale": BASE_INDEX_SCALE, "factor_scale": FACTOR_SCALE, "price_scale": PRICE_SCALE}


def is_supported(own: Mapping[str, int]) -> bool:
    """Whether the implementation has the constants the maths was compared with, and no more assets than bits."""
    scales = all(own.get(field) == scale for field, scale in _SCALES.items())
    return scales and own.get("num_assets", MAX_ASSETS + 1) <= own.get("max_assets", 0) <= MAX_ASSETS


def stored_comet(rows: DeploymentBook, prices: Mapping[str, int | None]) -> Comet | None:
    """The whole market at one set of prices (by market name); None where its totals were not read."""
    own = rows.own
    if "supply_index" not in own or "borrow_index" not in own or "base_token" not in own:
        return None
    base = address(own["base_token"])
    found = [stored_asset(name, fields, prices.get(name)) for name, fields in rows.markets.items()]
    assets = sorted((asset for asset in found if asset is not None), key=lambda asset: asset.offset)
    return Comet(
        base=base,
        base_scale=own["base_scale"],
        base_price=prices.get(base),
        supply_curve=_curve(own, "supply"),
        borrow_curve=_curve(own, "borrow"),
        store_front_price_factor=own["store_front_price_factor"],
        target_reserves=own["target_reserves"],
        pause_flags=own.get("pause_flags", 0),
        totals=Totals(
            Indices(own["supply_index"], own["borrow_index"]),
            own.get("total_supply", 0),
            own.get("total_borrow", 0),
            own.get("last_accrual", 0),
        ),
        assets=tuple(assets),
        cash=rows.markets.get(base, {}).get("cash"),
    )


def stored_asset(name: str, fields: Mapping[str, int], price: int | None) -> Asset | None:
    """A collateral asset from its fields; None for the base token and for one that is not listed any more."""
    if "offset" not in fields:
        return None
    return Asset(
        address=Address(name),
        offset=fields["offset"],
        scale=fields["scale"],
        borrow_factor=fields["borrow_factor"],
        liquidate_factor=fields["liquidate_factor"],
        liquidation_factor=fields["liquidation_factor"],
        supply_cap=fields["supply_cap"],
        price=price,
        total=fields.get("total", 0),
        cash=fields.get("cash"),
    )


def stored_account(rows: DeploymentBook, key: str) -> Account | None:
    """One account's principal, bits and balances; None where its principal was not read."""
    if "principals_as_of" not in rows.own:
        return None
    principal, balances = 0, {}
    base = address(rows.own.get("base_token", 0))
    for market, row in rows.positions_of(key):
        if market == base:
            if rows.position_value(row, "unscreened") == UNREAD:
                return None
            principal = rows.position_value(row, "lent") - rows.position_value(row, "debt")
        elif balance := rows.position_value(row, "supply"):
            balances[Address(market)] = balance
    return Account(principal, rows.account_field(key, "assets_in") or 0, balances)


def has_position(rows: DeploymentBook, key: str) -> bool:
    """Whether the account has anything, or may have: it was named by a log and its principal was not read."""
    fields = ("supply", "lent", "debt")
    if any(rows.position_value(row, field) for _, row in rows.positions_of(key) for field in fields):
        return True
    return bool(rows.account_field(key, "known")) and stored_account(rows, key) is None


def _curve(own: Mapping[str, int], side: str) -> RateCurve:
    return RateCurve(*(own[f"{side}_{part}"] for part in ("kink", "base", "slope_low", "slope_high")))
