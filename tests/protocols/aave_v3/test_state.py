"""What is asked of a market: prices, categories, dropped reserves, the sentinel."""

import pytest

from indexer.protocols.aave_v3.state import Category, Market, Position, Sentinel, UnpricedReserve
from tests.protocols.aave_v3.strategies import NOW, V3_0, asset, reserve


def test_an_unreadable_price_names_the_asset() -> None:
    with pytest.raises(UnpricedReserve, match=asset(3)) as raised:
        reserve(3, price=None).require_price()
    assert raised.value.asset == asset(3)


def test_a_category_without_source_has_no_price_and_a_broken_source_raises() -> None:
    assert Category(1, 0, 0, 0).require_source_price() == 0
    with pytest.raises(UnpricedReserve, match="e-mode category 7"):
        Category(7, 0, 0, 0, has_price_source=True).require_source_price()


def test_an_unconfigured_category_reads_as_zeros_with_its_own_id() -> None:
    market = Market(V3_0, {}, {1: Category(1, 9000, 9300, 10100)})
    assert market.category(1).liquidation_threshold == 9300
    assert market.category(2) == Category(2, 0, 0, 0)
    assert market.category(0).id == 0


def test_a_dropped_reserve_is_skipped_only_while_empty() -> None:
    market = Market(V3_0, {}, {})
    assert market.reserve_of(Position(5, 0, 0, is_collateral=True)) is None
    for held in (Position(5, 1, 0, False), Position(5, 0, 1, False), Position(5, 0, 0, False, stable_principal=1)):
        with pytest.raises(KeyError):
            market.reserve_of(held)


@pytest.mark.parametrize(
    ("answer", "since", "grace", "allowed"),
    [
        (0, NOW - 3601, 3600, True),
        (0, NOW - 3600, 3600, False),  # strictly more than the grace period
        (1, NOW - 99_999, 3600, False),  # the sequencer is down
        (0, NOW + 1, 0, False),  # a start in the future reverts
        (None, NOW, 0, None),
        (0, None, 0, None),
        (0, 0, None, None),
    ],
)
def test_liquidation_is_allowed_after_the_grace_period(
    answer: int | None, since: int | None, grace: int | None, allowed: bool | None
) -> None:
    assert Sentinel(answer, since, grace).liquidation_allowed(NOW) is allowed
