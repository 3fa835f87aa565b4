"""The screen of Comet at the hardest cut: dust, two dozen assets, any decimals and prices, the limits of int256."""

from random import Random

import pytest
from hypothesis import given, settings

from indexer.protocols.compound_v3.state import BASE_INDEX_SCALE, Account, Asset, Comet, Indices, Totals
from indexer.protocols.compound_v3.view import CometView
from indexer.units import WAD
from indexer.words import Reason, State
from tests.protocols.compound_v3.made import BASIS_POINT, asset, comet, view
from tests.protocols.screening import amount, dice_of_a_seed, missed, number

AT = 1_700_000_000


def _asset(dice: Random, offset: int, *, dust: bool) -> Asset:
    scale = 10 ** dice.randint(0, 2 if dust else 18)
    ordinary = dice.randint(1, 10**6) * 10**8
    price: int | None = dice.randint(1, 300) if dust else ordinary
    if dice.random() < 0.03:
        price = dice.choice([None, 0, 2**255, max(1, number(dice, 122))])
    factor = dice.choice([BASIS_POINT, 9_000 * BASIS_POINT, WAD, dice.randint(0, WAD)])
    return asset(offset, scale=scale, price=price, liquidate_factor=factor)


def _comet(dice: Random, *, dust: bool) -> Comet:
    index = BASE_INDEX_SCALE if dust else dice.choice([BASE_INDEX_SCALE, dice.randint(10**15, 10**16), 2**64 - 1])
    return comet(
        *(_asset(dice, offset, dust=dust) for offset in range(dice.choice([1, 3, 24]))),
        base_scale=10 ** dice.randint(0, 2 if dust else 18),
        base_price=dice.randint(1, 300) if dust else max(1, dice.choice([10**8, number(dice, 121), number(dice, 250)])),
        totals=Totals(Indices(BASE_INDEX_SCALE, index), 10**13, dice.choice([0, 10**12]), 1_700_000_000),
    )


def _account(dice: Random, market: Comet, *, dust: bool) -> Account:
    bits = dice.choice([3, 6]) if dust else dice.choice([60, 100, 128])
    held = {one.address: max(1, amount(dice, bits)) for one in market.assets if dice.random() < 0.8}
    flags = sum(1 << one.offset for one in market.assets if one.address in held)
    return Account(-max(1, number(dice, 8 if dust else 103)), flags, held)


def _factors(seen: CometView, at: int) -> dict[str, int | None]:
    health = {key: seen.health(key, at, WAD) for key in seen.accounts()}
    return {
        key: found.health_factor_wad
        for key, found in health.items()
        if found.state is State.UNKNOWN or found.health_factor_wad is not None
    }


@pytest.mark.parametrize("dust", [True, False])
@given(dice_of_a_seed)
@settings(max_examples=150, deadline=None)
def test_nobody_is_missed_at_the_hardest_cut(dust: bool, dice: Random) -> None:
    market = _comet(dice, dust=dust)
    crowd = [(f"0x{n:040x}", _account(dice, market, dust=dust)) for n in range(1, 13)]
    seen, rows = view(market, crowd)
    at = AT + dice.choice([0, 0, 86_400])  # the factor is of the stored index
    assert missed(rows, seen.weights(at), _factors(seen, at)) == []


def test_who_holds_more_than_a_factor_can_be_multiplied_with_is_named() -> None:
    """balance x price fits; that value x the factor does not, and the contract reverts."""
    market = comet(asset(scale=1, price=2**120, liquidate_factor=9 * 10**17), base_price=10**8)
    key = f"0x{1:040x}"
    seen, rows = view(market, [(key, Account(-(10**6), 1, {market.assets[0].address: 2**120}))])
    assert seen.health(key, AT, WAD).reason is Reason.UNREADABLE
    assert missed(rows, seen.weights(AT), {key: None}) == []
