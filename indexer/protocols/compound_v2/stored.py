"""From stored fields to the plain integers the maths takes."""

from collections.abc import Mapping

from indexer.book import DeploymentBook
from indexer.evm import address
from indexer.protocols.compound_v2.rules import Fields, Rules
from indexer.protocols.compound_v2.state import Market, Pool, Position

Prices = Mapping[str, int | None]


def stored_pool(rows: DeploymentBook, rules: Rules, prices: Prices) -> Pool:
    """Compound's pool at one set of prices (by market)."""
    listed = {name: fields for name, fields in rows.markets.items() if fields.get("listed")}
    return Pool(
        rules=rules,
        markets={
            name: stored_market(name, fields, rows.own, rules, prices.get(name)) for name, fields in listed.items()
        },
        close_factor=rows.own.get("close_factor", 0),
        incentive=rows.own.get("incentive", 0),
        seize_paused=bool(rows.own.get("seize_paused", 0)),
    )


def stored_market(name: str, fields: Fields, own: Fields, rules: Rules, price: int | None) -> Market:
    """One cToken from its fields."""
    return Market(
        address=address(name),
        asset=address(fields.get("asset", 0)),
        decimals=fields.get("decimals", 0),
        price=price,
        cash=fields.get("cash"),
        total_borrows=fields.get("total_borrows", 0),
        reserves=fields.get("reserves"),
        total_supply=fields.get("total_supply", 0),
        borrow_index=fields.get("borrow_index"),
        accrual=fields.get("accrual"),
        borrow_rate=fields.get("borrow_rate"),
        reserve_factor=fields.get("reserve_factor"),
        threshold=fields.get(rules.threshold_field, 0),
        seize_share=fields.get("seize_share"),
        forced=rules.is_forced(own, fields),
        is_home="comptroller" not in fields,
        accrual_unknown=bool(fields.get("joins_pot", 0)),
    )


def stored_positions(rows: DeploymentBook, key: str) -> tuple[Position, ...]:
    """One account in every listed market it ever touched, by market."""
    found = []
    for market, row in rows.positions_of(key):
        if rows.markets.get(market, {}).get("listed"):
            found.append(
                Position(
                    market=market,
                    supply=rows.position_value(row, "supply"),
                    debt=rows.position_value(row, "debt"),
                    interest_index=rows.position_value(row, "interest_index"),
                    is_member=bool(rows.position_value(row, "member")),
                )
            )
    return tuple(sorted(found, key=lambda position: position.market))


def has_position(rows: DeploymentBook, key: str) -> bool:
    """Whether the account holds cTokens or owes."""
    return any(rows.position_value(row, field) for _, row in rows.positions_of(key) for field in ("supply", "debt"))
