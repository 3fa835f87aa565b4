"""An Aave market and its accounts, written into a book as the logs and reads would."""

from collections.abc import Iterable, Mapping

from indexer.book import Book, DeploymentBook, Entity
from indexer.protocols.aave_v3 import transfer_units
from indexer.protocols.aave_v3.interfaces import emode_market
from indexer.protocols.aave_v3.revisions import V3_0_0
from indexer.protocols.aave_v3.state import Account, Category, Market, Reserve
from indexer.protocols.aave_v3.view import AaveView

DEPLOYMENT = "aave_v3_main"


def rows_of(market: Market, accounts: Iterable[Account]) -> DeploymentBook:
    """The columns of one deployment."""
    book = Book()
    book.set(Entity(DEPLOYMENT), "pool_revision", market.rules.pool_revision)
    for reserve in market.reserves.values():
        _fill(book, Entity(DEPLOYMENT, reserve.asset), _reserve_fields(reserve))
        if market.rules == V3_0_0:
            book.set(Entity(DEPLOYMENT, reserve.asset), transfer_units.FIELD, 0)
    for category in market.categories.values():
        _fill(book, Entity(DEPLOYMENT, emode_market(category.id)), _category_fields(category))
    for account in accounts:
        _fill(book, Entity(DEPLOYMENT, "", account.address), {"emode": account.emode})
        for position in account.positions:
            fields = {
                "supply": position.scaled_supply,
                "debt": position.scaled_debt,
                "collateral": int(position.is_collateral),
                "stable": position.stable_principal,
                "stable_rate": position.stable_rate,
                "stable_updated": position.stable_updated,
                "debt_index": position.debt_index,
                "discount": position.discount,
            }
            _fill(book, Entity(DEPLOYMENT, market.reserves[position.reserve_id].asset, account.address), fields)
    return book[DEPLOYMENT]


def view_of(market: Market, accounts: Iterable[Account]) -> tuple[AaveView, DeploymentBook]:
    """A view at the prices of the market, and its columns."""
    rows = rows_of(market, accounts)
    return AaveView(rows, "price"), rows


def _fill(book: Book, where: Entity, fields: Mapping[str, int | None]) -> None:
    for field, value in fields.items():
        book.set(where, field, value)


def _reserve_fields(reserve: Reserve) -> dict[str, int | None]:
    return {
        "id": reserve.id,
        "configuration": reserve.configuration,
        "liquidity_index": reserve.liquidity_index,
        "liquidity_rate": reserve.liquidity_rate,
        "borrow_index": reserve.variable_borrow_index,
        "borrow_rate": reserve.variable_borrow_rate,
        "last_update": reserve.last_update,
        "price": reserve.price,
        "grace_until": reserve.grace_until,
        "virtual_balance": reserve.virtual_balance,
        "cash": reserve.cash,
    }


def _category_fields(category: Category) -> dict[str, int | None]:
    return {
        "ltv": category.ltv,
        "threshold": category.liquidation_threshold,
        "bonus": category.liquidation_bonus,
        "collateral_bitmap": category.collateral_bitmap,
        "borrowable_bitmap": category.borrowable_bitmap,
        "ltvzero_bitmap": category.ltvzero_bitmap,
        "price_source": int(category.has_price_source),
        "price": category.price,
    }
