"""How far a vault is from its threshold: by price, and by the stability fee. Boundaries of the exact comparison."""

from indexer.errors import ArithmeticOverflow
from indexer.protocols._boundary import HORIZON, first_true
from indexer.protocols._interface import Projection
from indexer.protocols.maker.accrual import dripped_rate
from indexer.protocols.maker.state import Core, Vault
from indexer.protocols.maker.vault import is_unsafe, lowest_price_of, lowest_safe_spot


def liquidation_price(vault: Vault) -> int | None:
    """The highest price (ray) whose poke makes the vault unsafe at the stored rate; None where none does but zero.

    One below the least price whose spot still covers the debt: `vault.lowest_price_of` of `vault.lowest_safe_spot`.
    """
    spot = lowest_safe_spot(vault.ink, vault.art, vault.ilk.rate)
    if spot is None or not vault.ilk.mat:
        return None
    price = lowest_price_of(spot, vault.ilk.mat) - 1
    return price if price > 0 else None


def liquidatable_at(vault: Vault, core: Core, at: int) -> int | None:
    """The first timestamp after `at` at which `Jug.drip` alone makes it unsafe; None: not in 50 years, or already."""
    ilk = vault.ilk

    def unsafe(when: int) -> bool:
        try:
            rate = dripped_rate(ilk.rate, ilk.duty, core.base, when - ilk.rho)
            return is_unsafe(vault.ink, vault.art, rate, ilk.spot)
        except ArithmeticOverflow:
            return True  # a rate past uint256 comes long after the debt outgrew the collateral

    start = max(at, ilk.rho)
    return first_true(unsafe, start, start + HORIZON) if core.live and ilk.duty else None


def projection(vault: Vault, core: Core, at: int) -> Projection | None:
    """All of them; None without debt or without a price. Prices are of the ilk, in ray."""
    price, name = vault.ilk.price, vault.ilk.name
    if vault.art == 0 or not price or not vault.ilk.spot:
        return None
    boundary = liquidation_price(vault)
    if boundary is not None and boundary >= price:
        boundary = None
    drop = None if boundary is None else (price - boundary) / price
    return Projection({name: boundary}, {name: drop}, drop, liquidatable_at(vault, core, at))
