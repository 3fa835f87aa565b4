"""From stored fields to the plain integers the maths takes."""

from collections.abc import Callable, Mapping

from indexer.book import DeploymentBook
from indexer.evm import address
from indexer.protocols.aave_v3.interfaces import emode_id
from indexer.protocols.aave_v3.revisions import Rules
from indexer.protocols.aave_v3.state import Account, Category, Market, Position, Reserve, Sentinel

_POSITION_FIELDS = ("supply", "debt", "stable")


def stored_reserve(asset: str, get: Callable[[str], int | None], price: int | None) -> Reserve | None:
    """The reserve of an asset from its fields; None for one that is not listed (or was dropped)."""
    reserve_id = get("id")
    if reserve_id is None:
        return None

    def number(field: str) -> int:
        return get(field) or 0

    return Reserve(
        asset=address(asset),
        id=reserve_id,
        configuration=number("configuration"),
        liquidity_index=number("liquidity_index"),
        liquidity_rate=number("liquidity_rate"),
        variable_borrow_index=number("borrow_index"),
        variable_borrow_rate=number("borrow_rate"),
        last_update=number("last_update"),
        price=price,
        grace_until=number("grace_until"),
        virtual_balance=get("virtual_balance"),
        cash=get("cash"),
    )


def stored_market(rows: DeploymentBook, rules: Rules, prices: Mapping[str, int | None]) -> Market:
    """The whole pool at one set of prices (by market name)."""
    reserves: dict[int, Reserve] = {}
    categories: dict[int, Category] = {}
    for name, fields in rows.markets.items():
        category = emode_id(name)
        if category is not None:
            categories[category] = _category(category, fields, prices.get(name))
        elif (reserve := stored_reserve(name, fields.get, prices.get(name))) is not None:
            reserves[reserve.id] = reserve
    return Market(rules, reserves, categories, _sentinel(rows, rules))


def stored_account(rows: DeploymentBook, key: str) -> Account:
    """One account's flags and balances, in ascending reserve id."""
    positions: list[Position] = []
    for market, row in rows.positions_of(key):
        reserve_id = rows.markets[market].get("id")
        if reserve_id is None:
            continue
        positions.append(
            Position(
                reserve_id=reserve_id,
                scaled_supply=rows.position_value(row, "supply"),
                scaled_debt=rows.position_value(row, "debt"),
                is_collateral=bool(rows.position_value(row, "collateral")),
                stable_principal=rows.position_value(row, "stable"),
                stable_rate=rows.position_value(row, "stable_rate"),
                stable_updated=rows.position_value(row, "stable_updated"),
                debt_index=rows.position_value(row, "debt_index"),
                discount=rows.position_value(row, "discount"),
                left_borrowing=bool(rows.position_value(row, "left_borrowing")),
            )
        )
    emode = rows.account_field(key, "emode") or 0
    return Account(address(key), emode, tuple(sorted(positions, key=lambda position: position.reserve_id)))


def has_position(rows: DeploymentBook, key: str) -> bool:
    """Whether the account has any balance at all."""
    return any(rows.position_value(row, field) for _, row in rows.positions_of(key) for field in _POSITION_FIELDS)


def _category(category: int, fields: Mapping[str, int], price: int | None) -> Category:
    return Category(
        id=category,
        ltv=fields.get("ltv", 0),
        liquidation_threshold=fields.get("threshold", 0),
        liquidation_bonus=fields.get("bonus", 0),
        collateral_bitmap=fields.get("collateral_bitmap", 0),
        borrowable_bitmap=fields.get("borrowable_bitmap", 0),
        ltvzero_bitmap=fields.get("ltvzero_bitmap", 0),
        isolated=bool(fields.get("isolated", 0)),
        price=price,
        has_price_source=bool(fields.get("price_source", 0)),
    )


def _sentinel(rows: DeploymentBook, rules: Rules) -> Sentinel | None:
    own = rows.own
    if not own.get("sentinel", 0) or not rules.sentinel:
        return None
    return Sentinel(own.get("sequencer_answer"), own.get("sentinel_since"), own.get("sentinel_grace"))
