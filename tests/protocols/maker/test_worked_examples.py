"""Worked examples with an ETH-A-like ilk, hand-checked and run on the contracts (dss 6fd7de0, fa4f6630afb0)."""

from indexer.protocols.maker.accrual import dripped_rate
from indexer.protocols.maker.auction import Abacus, Curve, needs_redo
from indexer.protocols.maker.bark import Limits, bark, starting_price
from indexer.protocols.maker.vault import (
    feed_price,
    is_unsafe,
    lowest_price_of,
    lowest_safe_spot,
    lowest_value_of,
    spot_of,
)
from indexer.units import RAY, WAD

RAD = RAY * WAD
MAT = 145 * RAY // 100
RATE = 1004018201891974921039087390
INK, ART = 100 * WAD, 129_000 * WAD


def test_spot() -> None:
    assert spot_of(feed_price(2_000 * WAD, RAY), MAT) == 1379310344827586206896551724137


def test_rate_after_thirty_days() -> None:
    assert dripped_rate(RAY, 1000000001547125957863212448, 0, 2_592_000) == RATE


def test_boundary_value() -> None:
    """The guide's number: one wei of the oracle's value decides."""
    assert ART * RATE == 129518348044064764814042273310000000000000000000000
    lowest = 1878016046638939089804
    spot = lowest_safe_spot(INK, ART, RATE)
    assert spot is not None
    assert lowest_value_of(lowest_price_of(spot, MAT), RAY) == lowest
    assert not is_unsafe(INK, ART, RATE, spot_of(feed_price(lowest, RAY), MAT))
    assert is_unsafe(INK, ART, RATE, spot_of(feed_price(lowest - 1, RAY), MAT))


def test_partial_bark() -> None:
    limits = Limits(chop=113 * WAD // 100, hole=100_000 * RAD, dirt=0, hole_all=10**9 * RAD, dirt_all=0)
    found = bark(INK, ART, RATE, 0, limits)
    assert found.dart == 88141405259862430577747
    assert found.dink == 68326670744079403548
    assert found.tab == 99999999999999999999999527556489509504259874210672
    assert INK - found.dink == 31673329255920596452
    assert ART - found.dart == 40858594740137569422253
    assert found.due == 88495575221238938053096927041141158853327322310330
    assert starting_price(1_700 * WAD, RAY, 120 * RAY // 100) == 2_040 * RAY


def test_stairstep_price() -> None:
    stairs = Abacus(Curve.STAIRSTEP, cut=99 * RAY // 100, step=90)
    assert stairs.price(2_040 * RAY, 900) == 1844939433017961159620400000000


def test_an_auction_runs_to_the_end_of_its_tail() -> None:
    """`status`: done is `duration > tail`, and a price of exactly cusp of top is not below it."""
    top = 2_040 * RAY
    assert not needs_redo(top, top, 8_400, tail=8_400, cusp=0)
    assert needs_redo(top, top, 8_401, tail=8_400, cusp=0)
    assert not needs_redo(top // 2, top, 0, tail=8_400, cusp=RAY // 2)
    assert needs_redo(top // 2 - 1, top, 0, tail=8_400, cusp=RAY // 2)
