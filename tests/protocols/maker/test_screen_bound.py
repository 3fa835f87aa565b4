"""The screen of Maker at the hardest cut: nothing is truncated, so only float64 and the limits of a word are tried."""

from random import Random

from hypothesis import given, settings

from indexer.book import DeploymentBook, Entity
from indexer.evm import address
from indexer.protocols.maker.interfaces import account_key
from indexer.protocols.maker.view import MakerView
from indexer.units import RAY, WAD
from indexer.words import Reason, State
from tests.protocols.screening import amount, dice_of_a_seed, missed, number

VAT = address("0x" + "11" * 20)
PIP = address("0x" + "22" * 20)
NOW = 1_760_000_000


def _ilk(dice: Random) -> dict[str, int]:
    return {
        "listed": 1,
        "rate": dice.choice([RAY, dice.randint(RAY, 3 * RAY), number(dice, 130)]),
        "spot": dice.choice([0, RAY, number(dice, 100), number(dice, 130), 2**200]),
        "art": 10**24,
        "line": 0,
        "dust": 0,
        "duty": RAY + dice.choice([0, 10**18, 10**19]),
        "rho": NOW - dice.choice([-1, 0, 3_600]),
        "mat": dice.choice([0, RAY, 15 * RAY // 10]),
        "pip": int(PIP, 16),
    }


def _book(dice: Random) -> DeploymentBook:
    rows = DeploymentBook()
    rows.own.update({"live": 1, "par": RAY, "base": 0, "debt": 10**60})
    rows.markets[PIP] = {"current": dice.choice([0, 1, number(dice, 90)])}
    for n in range(4):
        name = f"ILK-{n}"
        rows.markets[name] = _ilk(dice)
        for user in range(8):
            where = Entity("made", name, account_key(address(user + 1), name))
            rows.set(where, "ink", amount(dice, 115))
            rows.set(where, "art", amount(dice, 115))
    return rows


@given(dice_of_a_seed)
@settings(max_examples=150, deadline=None)
def test_nobody_is_missed_at_the_hardest_cut(dice: Random) -> None:
    rows = _book(dice)
    view = MakerView(rows, VAT, None)
    factors: dict[str, int | None] = {}
    for key in view.accounts():
        health = view.health(key, NOW, WAD)
        if (health.state is State.UNKNOWN and view.owes(key)) or health.health_factor_wad is not None:
            factors[key] = health.health_factor_wad
    assert missed(rows, view.weights(NOW), factors) == []


def test_a_spot_beyond_a_word_is_named_though_a_poke_would_lower_it() -> None:
    rows, name = DeploymentBook(), "ILK-0"
    key = account_key(address(1), name)
    rows.own.update({"live": 1, "par": RAY, "base": 0, "debt": 10**60})
    rows.markets[PIP] = {"current": 1_000 * WAD}
    rows.markets[name] = {
        "listed": 1, "rate": RAY, "spot": 2**200, "art": 10**24, "duty": RAY, "rho": NOW, "mat": RAY,
        "pip": int(PIP, 16),
    }  # fmt: skip
    rows.set(Entity("made", name, key), "ink", 10**20)
    rows.set(Entity("made", name, key), "art", WAD)
    view = MakerView(rows, VAT, None)
    assert view.health(key, NOW, WAD).reason is Reason.UNREADABLE
    assert missed(rows, view.weights(NOW), {key: None}) == []
