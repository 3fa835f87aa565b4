"""From stored fields to the plain integers the maths takes."""

from collections.abc import Callable

from indexer.book import DeploymentBook, Draft, Entity
from indexer.evm import address
from indexer.protocols.morpho_blue.deployments import ADAPTIVE_CURVE_IRMS
from indexer.protocols.morpho_blue.interfaces import PARAMS, POSITION, TOTALS, parts_of
from indexer.protocols.morpho_blue.state import Market, MarketParams, Position


def stored_market(
    market: str, get: Callable[[str], int | None], price: int | None = None, borrow_rate: int | None = None
) -> Market | None:
    """A market from its fields; None for one whose creation was never heard of."""
    if get("lltv") is None:
        return None
    loan_token, collateral_token, oracle, irm = (address(get(field) or 0) for field in PARAMS[:4])
    supply_assets, supply_shares, borrow_assets, borrow_shares, last_update, fee = (get(f) or 0 for f in TOTALS)
    return Market(
        id=market,
        params=MarketParams(loan_token, collateral_token, oracle, irm, get("lltv") or 0),
        total_supply_assets=supply_assets,
        total_supply_shares=supply_shares,
        total_borrow_assets=borrow_assets,
        total_borrow_shares=borrow_shares,
        last_update=last_update,
        fee=fee,
        price=price,
        is_adaptive=irm in ADAPTIVE_CURVE_IRMS,
        rate_at_target=get("rate_at_target") or 0,
        borrow_rate=borrow_rate,
    )


def drafted_market(where: Entity, draft: Draft) -> Market | None:
    """A market as the draft has it by now."""
    return stored_market(where.market, lambda field: draft.get(where, field))


def stored_position(rows: DeploymentBook, key: str) -> Position:
    """The position an account key stands for; zeros where there is none."""
    _, market = parts_of(key)
    for name, row in rows.positions_of(key):
        if name == market:
            return Position(*(rows.position_value(row, field) for field in POSITION))
    return Position(0, 0, 0)


def has_position(rows: DeploymentBook, key: str) -> bool:
    """Whether the account has supply, debt or collateral."""
    position = stored_position(rows, key)
    return bool(position.supply_shares or position.borrow_shares or position.collateral)
