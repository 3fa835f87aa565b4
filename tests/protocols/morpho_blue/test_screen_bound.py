"""The screen of Morpho Blue at the hardest cut: dust, any price and share price, totals that deny a debt."""

from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import given, settings

from indexer.book import DeploymentBook, Entity
from indexer.evm import ZERO_ADDRESS, address
from indexer.protocols.morpho_blue.interfaces import PARAMS, account_key
from indexer.protocols.morpho_blue.view import MorphoView
from indexer.units import WAD
from indexer.words import State
from tests.protocols.morpho_blue.made import ADAPTIVE, COLLATERAL, LOAN, ORACLE, START
from tests.protocols.screening import amount, dice_of_a_seed, missed, number

AT = START + 86_400
ENTRY = address(0xE)
SCALE = 10**36


def _market(dice: Random, *, dust: bool) -> Mapping[str, int | None]:
    lltv = dice.choice([0, 1, 86 * 10**16, WAD - 1, dice.randint(0, WAD - 1)])
    words = (int(LOAN, 16), int(COLLATERAL, 16), int(ORACLE, 16), int(dice.choice([ZERO_ADDRESS, ADAPTIVE]), 16), lltv)
    loan, held = dice.randint(0, 27), dice.randint(0, 27)
    honest = dice.randint(1, 10**6) * 10 ** max(0, 36 + loan - held)
    borrowed = number(dice, 10 if dust else 128)
    return dict(zip(PARAMS, words, strict=True)) | {
        "price": dice.randint(1, 40 * SCALE) if dust else dice.choice([honest, honest, number(dice, 122), None]),
        "total_borrow_assets": borrowed,
        "total_supply_assets": max(borrowed, number(dice, 100)),
        "total_supply_shares": number(dice, 100),
        "total_borrow_shares": dice.choice([0, borrowed * 10**6, number(dice, 26 if dust else 128)]),
        "rate_at_target": dice.choice([0, 10**9, 10**11]),
        "last_update": START + dice.choice([0, 86_400, 86_401]),
    }


def _book(dice: Random, *, dust: bool) -> DeploymentBook:
    rows = DeploymentBook()
    for n in range(4):
        market = f"0x{n + 1:064x}"
        for field, value in _market(dice, dust=dust).items():
            rows.set(Entity("morpho", market), field, value)
        for user in range(6):
            where = Entity("morpho", market, account_key(address(0x1000 + user), market))
            rows.set(where, "collateral", amount(dice, 6 if dust else 113))
            rows.set(where, "borrow_shares", amount(dice, 24 if dust else 113))
    return rows


@pytest.mark.parametrize("dust", [True, False])
@given(dice_of_a_seed)
@settings(max_examples=150, deadline=None)
def test_nobody_is_missed_at_the_hardest_cut(dust: bool, dice: Random) -> None:
    rows = _book(dice, dust=dust)
    view = MorphoView(ENTRY, rows, "price")
    factors: dict[str, int | None] = {}
    for key in view.accounts():
        health = view.health(key, AT, WAD)
        if health.state is State.UNKNOWN or health.health_factor_wad is not None:
            factors[key] = health.health_factor_wad
    assert missed(rows, view.weights(AT), factors) == []
