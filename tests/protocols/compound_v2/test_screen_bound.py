"""The screen of Compound V2 and Venus at the hardest cut: dust, dozens of entered markets, any decimals and prices."""

from random import Random

import pytest
from hypothesis import given, settings

from indexer.book import Book, DeploymentBook, Entity
from indexer.evm import address
from indexer.protocols._interface import Deployment
from indexer.protocols.compound_v2.adapter import CompoundV2
from indexer.protocols.compound_v2.compound import COMPOUND
from indexer.protocols.compound_v2.venus import VENUS_ISOLATED
from indexer.protocols.compound_v2.view import CompoundView
from indexer.units import WAD
from indexer.words import Reason
from tests.protocols.screening import amount, dice_of_a_seed, missed, number

NUMBER = 10_000
ENTRY = address(0xE)


def _market(dice: Random, *, dust: bool) -> dict[str, int]:
    """A cToken; `dust`: one that makes values of a few units, where each truncation decides."""
    decimals = dice.randint(0, 27)
    ordinary = dice.randint(1, 10**6) * 10 ** (36 - decimals)
    return {
        "listed": 1,
        "decimals": decimals,
        "price": dice.randint(1, 40 * WAD) if dust else dice.choice([ordinary, number(dice, 124), number(dice, 200)]),
        "cash": dice.randint(0, 10**6) if dust else number(dice, 112),
        "total_borrows": number(dice, 20 if dust else 112),
        "reserves": 0,
        "total_supply": dice.randint(1, 10**6) if dust else dice.choice([0, number(dice, 112), number(dice, 112)]),
        "borrow_index": dice.choice([WAD, dice.randint(WAD, 5 * WAD), number(dice, 82), number(dice, 200)]),
        "accrual": NUMBER - dice.randint(0, 10**6),
        "borrow_rate": dice.choice([0, 1, 10**11, 5 * 10**12, 5 * 10**12 + 1]),
        "reserve_factor": dice.choice([0, 10**17, WAD]),
        "collateral_factor": dice.choice([0, 1, dice.randint(0, WAD), WAD]),
        "liquidation_threshold": dice.choice([0, 1, dice.randint(0, WAD), WAD]),
    }


def _position(dice: Random, *, dust: bool) -> dict[str, int]:
    bits = dice.choice([3, 6]) if dust else 113
    owes = dice.random() < 0.3
    return {
        "supply": 0 if owes else amount(dice, bits),
        "debt": amount(dice, bits) if owes else 0,
        "interest_index": dice.choice([WAD, dice.randint(WAD, 5 * WAD)]) if owes else 0,
        "member": 1 if owes else int(dice.random() < 0.9),
    }


def _book(dice: Random, generation: int, *, dust: bool) -> DeploymentBook:
    book = Book()
    for field, value in {"generation": generation, "close_factor": WAD // 2, "incentive": 11 * WAD // 10}.items():
        book.set(Entity("c"), field, value)
    names = [address(0x100 + i) for i in range(dice.choice([2, 4, 36]))]
    for name in names:
        for field, value in _market(dice, dust=dust).items():
            book.set(Entity("c", name), field, value)
    for user in range(10):
        for name in dice.sample(names, dice.randint(2, len(names))):
            for field, value in _position(dice, dust=dust).items():
                book.set(Entity("c", name, address(0xB0000 + user)), field, value)
    return book["c"]


def _factors(view: CompoundView) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for key in view.accounts():
        sums = view._sums(key)
        if isinstance(sums, Reason):
            found |= {key: None} if view.owes(key) else {}
        elif sums.debt:
            found[key] = sums.health_factor_wad
    return found


@pytest.mark.parametrize("dust", [True, False])
@pytest.mark.parametrize("generation", [1, 6, 9, None])
@given(dice_of_a_seed)
@settings(max_examples=60, deadline=None)
def test_nobody_is_missed_at_the_hardest_cut(generation: int | None, dust: bool, dice: Random) -> None:
    rows = _book(dice, generation or 0, dust=dust)
    protocol = CompoundV2(COMPOUND if generation else VENUS_ISOLATED)
    view = protocol.view(Deployment("c", protocol.name, ENTRY), rows, "price", NUMBER)
    assert missed(rows, view.weights(0), _factors(view)) == []


def test_a_debt_whose_own_index_is_missing_is_named_at_any_cut() -> None:
    book, name, user = Book(), address(0x100), address(0xB0000)
    market = {
        "listed": 1, "price": WAD, "cash": WAD, "total_borrows": 0, "reserves": 0, "total_supply": WAD,
        "borrow_index": WAD, "accrual": NUMBER, "collateral_factor": WAD // 2,
    }  # fmt: skip
    for where, fields in (
        (Entity("c"), {"generation": 9}),
        (Entity("c", name), market),
        (Entity("c", name, user), {"supply": WAD, "debt": 1, "member": 1}),
    ):
        for field, value in fields.items():
            book.set(where, field, value)
    view = CompoundV2().view(Deployment("c", "compound_v2", ENTRY), book["c"], "price", NUMBER)
    assert _factors(view) == {user: None}
    assert missed(book["c"], view.weights(0), {user: None}) == []
