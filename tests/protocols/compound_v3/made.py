"""Comets, accounts and books made up for tests: small numbers by default, anything by Hypothesis."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from indexer.book import DeploymentBook, Entity
from indexer.evm import Address, address
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
from indexer.protocols.compound_v3.view import CometView

ENTRY = address("0x" + "c0" * 20)
BASE = address("0x" + "ba" * 20)
BASIS_POINT = FACTOR_SCALE // 10_000
YEAR = 31_536_000


def token(number: int) -> Address:
    """The address of the collateral asset at an offset."""
    return address(f"0x{0xA0 + number:040x}")


def asset(offset: int = 0, **changed: Any) -> Asset:
    """Something like ETH on the dollar market."""
    fields: dict[str, Any] = {
        "address": token(offset),
        "offset": offset,
        "scale": 10**18,
        "borrow_factor": 8250 * BASIS_POINT,
        "liquidate_factor": 8950 * BASIS_POINT,
        "liquidation_factor": 9500 * BASIS_POINT,
        "supply_cap": 10**30,
        "price": 268124697227,
    }
    return Asset(**{**fields, **changed})


def comet(*assets: Asset, **changed: Any) -> Comet:
    """The dollar market of the guide's examples: supply slopes 3.25 % and 40 %, borrow 1.5 % and 3.5 % and 25 %."""
    fields: dict[str, Any] = {
        "base": BASE,
        "base_scale": 10**6,
        "base_price": 99987654,
        "supply_curve": RateCurve(8 * 10**17, 0, 325 * 10**14 // YEAR, 4 * 10**17 // YEAR),
        "borrow_curve": RateCurve(8 * 10**17, 15 * 10**15 // YEAR, 35 * 10**15 // YEAR, 25 * 10**16 // YEAR),
        "store_front_price_factor": 5 * 10**17,
        "target_reserves": 5 * 10**12,
        "pause_flags": 0,
        "totals": Totals(Indices(10**15, 10**15), 10**13, 32000123458, 1_700_000_000),
        "assets": assets or (asset(),),
    }
    return Comet(**{**fields, **changed})


def view(market: Comet, accounts: Sequence[tuple[str, Account]]) -> tuple[CometView, DeploymentBook]:
    """The view of a book that holds exactly this."""
    rows = DeploymentBook()

    def put(entity: Entity, **fields: int | None) -> None:
        for field, value in fields.items():
            rows.set(entity, field, value)

    totals = market.totals
    put(
        Entity("comet"),
        base_token=int(market.base, 16),
        base_scale=market.base_scale,
        num_assets=len(market.assets),
        max_assets=24,
        index_scale=BASE_INDEX_SCALE,
        factor_scale=FACTOR_SCALE,
        price_scale=PRICE_SCALE,
        store_front_price_factor=market.store_front_price_factor,
        target_reserves=market.target_reserves,
        supply_index=totals.indices.supply,
        borrow_index=totals.indices.borrow,
        total_supply=totals.supply,
        total_borrow=totals.borrow,
        last_accrual=totals.last_accrual,
        pause_flags=market.pause_flags,
        principals_as_of=totals.last_accrual,
    )
    for side, curve in (("supply", market.supply_curve), ("borrow", market.borrow_curve)):
        own = {f"{side}_{part}": getattr(curve, part) for part in ("kink", "base", "slope_low", "slope_high")}
        put(Entity("comet"), **own)
    put(Entity("comet", market.base), price=market.base_price)
    for one in market.assets:
        names = ("offset", "scale", "borrow_factor", "liquidate_factor", "liquidation_factor", "supply_cap", "price")
        put(Entity("comet", one.address), **{name: getattr(one, name) for name in names})
    for key, account in accounts:
        put(Entity("comet", "", key), known=1, assets_in=account.assets_in)
        lent, debt = max(0, account.principal), max(0, -account.principal)
        put(Entity("comet", market.base, key), lent=lent or None, debt=debt or None)
        for held, balance in account.balances.items():
            put(Entity("comet", held, key), supply=balance)
    return CometView(ENTRY, rows, "price"), rows


prices = st.none() | st.integers(1, 10**14) | st.integers(1, 2**130)
factors = st.integers(1, 10_000).map(lambda bps: bps * BASIS_POINT)


@st.composite
def comets(draw: st.DrawFn, *, priced: bool = False) -> Comet:
    """Any market; `priced`: with every price there, and of a size that feeds have."""
    price = st.integers(1, 10**14) if priced else prices
    assets = []
    for offset in range(draw(st.integers(1, 5))):
        cut = draw(factors)
        assets.append(
            asset(
                offset,
                scale=10 ** draw(st.sampled_from([0, 2, 6, 8, 18])),
                liquidate_factor=cut,
                borrow_factor=cut - BASIS_POINT,
                liquidation_factor=draw(factors),
                price=draw(price),
            )
        )
    curves = [RateCurve(*(draw(st.integers(0, 10**18 // YEAR)) for _ in range(4))) for _ in range(2)]
    indices = Indices(draw(st.integers(10**15, 10**16)), draw(st.integers(10**15, 10**16)))
    totals = Totals(indices, draw(st.integers(0, 2**100)), draw(st.integers(0, 2**100)), 1_700_000_000)
    return comet(
        *assets,
        base_scale=10 ** draw(st.sampled_from([6, 8, 18])),
        base_price=draw(price),
        supply_curve=curves[0],
        borrow_curve=curves[1],
        totals=totals,
    )


@st.composite
def accounts_of(draw: st.DrawFn, market: Comet) -> Account:
    """A borrower, most often near the boundary of the view."""
    held = {one.address: draw(st.integers(1, 10**24)) for one in market.assets if draw(st.booleans())}
    bits = sum(1 << one.offset for one in market.assets if one.address in held)
    covered = sum(
        held.get(one.address, 0) * (one.price or 1) // one.scale * one.liquidate_factor // FACTOR_SCALE
        for one in market.assets
    )
    edge = covered * market.base_scale // (market.base_price or 1) * BASE_INDEX_SCALE // market.totals.indices.borrow
    near = st.integers(-3, 3).map(lambda off: max(1, min(2**102, edge + off)))
    return Account(-draw(near | st.integers(1, 2**90)), bits, held)
