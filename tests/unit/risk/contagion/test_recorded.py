"""Walks over recorded chains (Aave: test_stressed.py): who falls is who a view at the fallen prices finds below."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from indexer.evm import Address
from indexer.risk.contagion.falls import Backings
from indexer.risk.contagion.moment import Followed
from indexer.risk.contagion.result import Contagion, Ending
from indexer.risk.contagion.shock import Shock
from indexer.risk.contagion.stressed import StressedViews
from indexer.risk.contagion.walk import walk
from indexer.risk.look_through import LookThrough
from indexer.units import WAD
from indexer.words import State
from tests.protocols.case import Decoder, TapeCase
from tests.protocols.following import following
from tests.protocols.replay import ReplayNode

FALLS = (Fraction(1, 50), Fraction(1, 5), Fraction(3, 5))
BELOW = (State.LIQUIDATABLE, State.BAD_DEBT)
BACKINGS = Backings(LookThrough([]))
CHAINS = (
    ("compound_v2", "chain.json.gz", None),
    ("compound_v3", "chain.json.gz", None),
    ("compound_v3", "chain_weth.json.gz", 52),
    ("maker", "chain.json.gz", None),
    ("morpho_blue", "chain.json.gz", None),
)
"""Tapes, and the block to stand at: the last, or one where somebody still owes."""


class Recorded(TapeCase):
    """A tape to follow: nothing is asked of the contracts here."""

    def holders(self, number: int) -> set[str]:
        raise NotImplementedError(number)

    def happenings(self) -> dict[str, Decoder]:
        raise NotImplementedError


@pytest.fixture(scope="module", params=CHAINS, ids=lambda chain: "-".join(chain[:2]))
def recorded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Followed, int]]:
    *tape, height = request.param
    case = Recorded.golden(*tape)
    node, where = ReplayNode(case.chain, finality=10**6), tmp_path_factory.mktemp("recorded")
    node.cut(node.tip if height is None else height)
    with following(node, case.deployment, f"sqlite:///{Path(where) / 'indexer.db'}") as found:
        cursor = found.once()
        rows, view = found.rows_at(cursor.number), found.view(cursor.number)
        yield Followed(found.protocol, found.deployment, rows, view, cursor.number), cursor.timestamp


def priced(own: Followed) -> list[Address]:
    """The tokens whose prices somebody's health depends on."""
    used = {market for key in own.view.accounts() if own.view.owes(key) for market in own.view.markets_used(key)}
    return sorted({own.view.priced_asset(market) for market in used if own.view.price_of(market) is not None})


def expected_prices(own: Followed, token: Address, left: Fraction) -> dict[str, int | None]:
    out: dict[str, int | None] = {}
    for market in own.rows.markets:
        price = out[market] = own.view.price_of(market)
        if price is not None:
            own_factor = left if own.view.priced_asset(market) == token else Fraction(1)
            unit_factor = left if own.view.price_unit(market).asset == token else Fraction(1)
            out[market] = int(price * own_factor / unit_factor)
    return out


def below(own: Followed, prices: dict[str, int | None], at: int) -> dict[str, int | None]:
    view = own.protocol.view(own.deployment, own.rows, prices, own.number)
    healths = {key: view.health(key, at, WAD) for key in view.accounts()}
    return {key: health.health_factor_wad for key, health in healths.items() if health.state in BELOW}


def walked(own: Followed, at: int, token: Address, fall: Fraction) -> Contagion:
    return walk(StressedViews([own], at, lambda _: Fraction(1)), Shock({token: fall}), BACKINGS)


def test_fallers_are_those_whom_a_view_of_its_own_finds(recorded: tuple[Followed, int]) -> None:
    own, at = recorded
    before, some = below(own, {name: own.view.price_of(name) for name in own.rows.markets}, at), 0
    for token in priced(own):
        for fall in FALLS:
            found = walked(own, at, token, fall)
            after = below(own, expected_prices(own, token, 1 - fall), at)
            assert {each.account.key for each in found.baseline} == before.keys()
            assert {each.account.key: each.health_factor_wad for each in found.fallers} == {
                key: factor for key, factor in after.items() if key not in before
            }
            assert found.ending is Ending.FIXED_POINT
            assert found.unvalued == ()
            some += len(found.fallers)
    assert some > 0


def test_what_is_short_is_borne_by_somebody(recorded: tuple[Followed, int]) -> None:
    own, at = recorded
    some = Fraction(0)
    for token in priced(own):
        total = walked(own, at, token, Fraction(9, 10)).balance
        assert total.collateral_lost + total.bonus == (
            total.equity_lost + total.absorbed + total.bad_debt + total.relief
        )
        some += total.absorbed + total.bad_debt
    assert some > 0
