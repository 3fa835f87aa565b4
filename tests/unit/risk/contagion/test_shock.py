"""Shocks as text, what they leave of a token's price, and the integers a protocol would read."""

from fractions import Fraction

import pytest

from indexer.errors import UserError
from indexer.evm import Address, address
from indexer.risk.contagion.falls import Backing, Backings, Falls
from indexer.risk.contagion.shock import MarketId, Shock, joined, parse_shock
from indexer.risk.look_through import Conversion, LookThrough

ETHER, STAKED, WRAPPED, LENT, DOLLAR, LOOP = (address(number) for number in (0xE, 0x5, 0x35, 0xA, 0xD, 0x100))
LENDER = MarketId("lender", "wrapped")
CONVERSIONS = [
    Conversion(LENT, WRAPPED, 11, 10, "receipt", *LENDER),
    Conversion(WRAPPED, STAKED, 12, 10, "wrapper"),
    Conversion(STAKED, ETHER, 1, 1, "relabel"),
    Conversion(LOOP, LOOP, 1, 1, "wrapper"),
]
BACKINGS = Backings(LookThrough(CONVERSIONS))


def resolve(text: str) -> Address:
    return {"ETH": ETHER}.get(text) or address(text)


@pytest.mark.parametrize(
    ("text", "shock"),
    [
        ("ETH=-20%", Shock(falls={ETHER: Fraction(1, 5)})),
        (f"{STAKED}=-0.25%", Shock(falls={STAKED: Fraction(1, 400)})),
        ("ETH=100%", Shock(falls={ETHER: Fraction(1)})),
        (f"rate:{STAKED}=-3%", Shock(rates={STAKED: Fraction(3, 100)})),
        ("bad_debt:aave_v3/0xa/b=1000000", Shock(bad_debt={MarketId("aave_v3", "0xa/b"): 1_000_000})),
    ],
)
def test_one_shock_as_text(text: str, shock: Shock) -> None:
    assert parse_shock(text, resolve) == shock


@pytest.mark.parametrize(
    "text",
    ["", "ETH", "ETH=", "ETH=-20", "=-20%", "ETH=+20%", "ETH=-101%", "rate:ETH=5", "bad_debt:aave_v3=5", "x:ETH=-1%",
     "bad_debt:aave_v3/0xa=-5", "bad_debt:aave_v3/0xa=1.5"],
)  # fmt: skip
def test_no_shock(text: str) -> None:
    with pytest.raises(UserError):
        parse_shock(text, resolve)


def test_shocks_join_unless_they_contradict_each_other() -> None:
    first, second = parse_shock("ETH=-20%", resolve), parse_shock(f"rate:{STAKED}=-3%", resolve)
    assert joined([first, second, first]) == Shock({ETHER: Fraction(1, 5)}, {STAKED: Fraction(3, 100)})
    with pytest.raises(UserError, match="two different falls"):
        joined([first, parse_shock("ETH=-21%", resolve)])
    with pytest.raises(UserError, match="two different bad debts"):
        joined([Shock(bad_debt={LENDER: 1}), Shock(bad_debt={LENDER: 2})])


def test_a_fall_reaches_all_that_looks_through_to_it() -> None:
    fallen = Falls(BACKINGS, Shock({ETHER: Fraction(1, 5)}, {STAKED: Fraction(1, 10)}))
    factors = [fallen.factor(token) for token in (ETHER, STAKED, WRAPPED, LENT, DOLLAR)]
    assert factors == [Fraction(4, 5), *[Fraction(72, 100)] * 3, 1]


def test_a_market_s_loss_reaches_its_receipt_alone() -> None:
    fallen = Falls(BACKINGS, losses={LENDER: Fraction(1, 4)})
    assert [fallen.factor(token) for token in (WRAPPED, LENT)] == [1, Fraction(3, 4)]
    assert Falls(BACKINGS, losses={LENDER: None}).factor(LENT) is None


def test_three_tenths_lent_where_a_fifth_is_lost() -> None:
    told = Backings(LookThrough(CONVERSIONS), [Backing(DOLLAR, LENDER, Fraction(3, 10))])
    assert Falls(told, losses={LENDER: Fraction(1, 5)}).factor(DOLLAR) == Fraction(94, 100)


def test_a_token_in_a_circle_cannot_be_told_once_anything_fell() -> None:
    assert Falls(BACKINGS).factor(LOOP) == 1
    assert Falls(BACKINGS, Shock({ETHER: Fraction(1, 100)})).factor(LOOP) is None


def test_where_a_fall_comes_from() -> None:
    fallen = Falls(BACKINGS, Shock({ETHER: Fraction(1, 5)}), {LENDER: Fraction(1, 4)}, {STAKED: Fraction(1, 2)})
    assert {(source.what, source.tokens): left for source, left in fallen.sources(LENT).items()} == {
        ("shock", (ETHER, STAKED, WRAPPED, LENT)): Fraction(4, 5),
        ("sales", (STAKED, WRAPPED, LENT)): Fraction(1, 2),
        ("loss of lender/wrapped", (LENT,)): Fraction(3, 4),
    }
