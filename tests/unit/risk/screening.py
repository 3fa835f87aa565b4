"""Asking the screen and the exact maths about the same accounts."""

from collections.abc import Iterable

from indexer.protocols.aave_v3.state import Account, Market
from indexer.protocols.aave_v3.view import AaveView
from indexer.risk.screen import candidates
from indexer.units import WAD
from indexer.words import State
from tests.protocols.aave_v3.strategies import NOW
from tests.unit.market_book import view_of

WATCH = 105 * WAD // 100


def named(market: Market, accounts: list[Account], cut: int) -> set[str]:
    view, rows = view_of(market, accounts)
    weights = view.weights(NOW)
    assert weights is not None
    return {rows.accounts[row] for row in candidates(rows, weights, cut)}


def wanted(view: AaveView, accounts: Iterable[Account], cut: int) -> set[str]:
    """Who must be named: exactly below the cut, or in debt and not to be valued."""
    out: set[str] = set()
    for key in (account.address for account in accounts):
        health = view.health(key, NOW, cut)
        if health.state is State.UNKNOWN:
            out |= {key} if view.owes(key) else set()
        elif health.health_factor_wad is not None and health.health_factor_wad < cut:
            out.add(key)
    return out


def missed(market: Market, accounts: list[Account], *, at_most: int = 12) -> list[tuple[str, int]]:
    """Accounts that the screen misses, with the cut: each health factor's own, one above it, is the hardest."""
    view, rows = view_of(market, accounts)
    weights = view.weights(NOW)
    assert weights is not None
    health = {account.address: view.health(account.address, NOW, WATCH) for account in accounts}
    factors = {key: found.health_factor_wad for key, found in health.items() if found.health_factor_wad is not None}
    unknown = {key for key, found in health.items() if found.state is State.UNKNOWN and view.owes(key)}
    out: list[tuple[str, int]] = []
    for cut in (1, *sorted(factor + 1 for factor in set(factors.values()))[:at_most]):
        seen = {rows.accounts[row] for row in candidates(rows, weights, cut)}
        below = {key for key, factor in factors.items() if factor < cut}
        out += [(key, cut) for key in sorted((below | unknown) - seen)]
    return out
