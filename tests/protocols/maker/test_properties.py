"""What must hold for any numbers: the power, boundaries, limits of a bark, the rest of a purchase, the screen."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from indexer.book import DeploymentBook, Entity
from indexer.errors import ArithmeticOverflow
from indexer.evm import address
from indexer.protocols.maker.accrual import rpow
from indexer.protocols.maker.auction import NoPartialPurchase, take
from indexer.protocols.maker.bark import Limits, bark
from indexer.protocols.maker.interfaces import account_key
from indexer.protocols.maker.vault import (
    feed_price,
    is_unsafe,
    lowest_price_of,
    lowest_safe_spot,
    lowest_value_of,
    spot_of,
)
from indexer.protocols.maker.view import MakerView
from indexer.risk.screen import candidates
from indexer.units import RAY, WAD
from indexer.words import State

VAT = address("0x" + "11" * 20)
WORD = 2**256
WATCH = 105 * WAD // 100
NOW = 1_760_000_000

wads = st.integers(1, 10**30)
rates = st.integers(RAY, 3 * RAY)
mats = st.integers(RAY, 20 * RAY)
pars = st.integers(9 * RAY // 10, 11 * RAY // 10)


def _solidity_rpow(x: int, n: int, b: int) -> int | None:
    """The assembly of `Jug.rpow`, word by word, where a division by 0 gives 0; None where it reverts."""
    if x == 0:
        return b if n == 0 else 0
    z, half, n = (b if n % 2 == 0 else x), b // 2, n // 2
    while n:
        xx = x * x % WORD
        if (xx // x if x else 0) != x:
            return None
        rounded = (xx + half) % WORD
        if rounded < xx:
            return None
        x = rounded // b
        if n % 2:
            zx = z * x % WORD
            if x != 0 and zx // x != z:
                return None
            rounded = (zx + half) % WORD
            if rounded < zx:
                return None
            z = rounded // b
        n //= 2
    return z


@given(st.one_of(st.integers(0, 2 * RAY), st.integers(0, WORD - 1)), st.integers(0, 10**10))
def test_rpow_is_the_assembly(x: int, n: int) -> None:
    try:
        ours: int | None = rpow(x, n, RAY)
    except ArithmeticOverflow:
        ours = None
    assert ours == _solidity_rpow(x, n, RAY)


@given(wads, wads, rates, mats, pars)
def test_one_wei_of_the_oracle_decides(ink: int, art: int, rate: int, mat: int, par: int) -> None:
    spot = lowest_safe_spot(ink, art, rate)
    assert spot is not None
    assert not is_unsafe(ink, art, rate, spot)
    assert spot == 1 or is_unsafe(ink, art, rate, spot - 1)
    price = lowest_price_of(spot, mat)
    assume(price < WORD // RAY // 10**10)  # beyond it `poke` reverts
    assert spot_of(price, mat) >= spot > spot_of(price - 1, mat)
    value = lowest_value_of(price, par)
    assert feed_price(value, par) >= price > feed_price(value - 1, par)


@given(wads, wads, rates, st.integers(WAD, 13 * WAD // 10), st.tuples(wads, wads), st.integers(0, 10**22))
def test_a_bark_stays_in_its_room(
    ink: int, art: int, rate: int, chop: int, holes: tuple[int, int], dust_wad: int
) -> None:
    limits, dust = Limits(chop, holes[0] * RAY, 0, holes[1] * RAY, 0), dust_wad * RAY
    found = bark(ink, art, rate, dust, limits)
    assert 0 <= found.dart <= art
    assert 0 <= found.dink <= ink
    assert found.dink * art <= ink * found.dart
    if found.dart < art:
        assert found.tab <= found.room
        assert (art - found.dart) * rate >= dust
        assert found.is_dusty == (found.dart * rate < dust)
    elif found.tab > found.room:  # a rest below the dust was taken too
        within = limits.room * WAD // rate // chop
        assert (art - within) * rate < dust


@given(st.integers(1, 10**50), wads, wads, st.integers(1, 10**32), st.integers(0, 10**48))
def test_a_purchase_leaves_nothing_between_zero_and_chost(
    tab: int, lot: int, amount: int, price: int, chost: int
) -> None:
    try:
        bought = take(tab, lot, amount, price, chost)
    except NoPartialPurchase:
        assert tab <= chost
        return
    assert bought.owe + bought.tab == tab
    assert bought.slice + bought.lot == lot
    assert bought.slice <= min(lot, amount)
    assert bought.lot == 0 or bought.tab == 0 or bought.tab >= chost


ilks = st.fixed_dictionaries(
    {
        "rate": rates,
        "spot": st.one_of(st.just(0), st.integers(1, 10**34)),
        "art": st.integers(0, 10**30),
        "duty": st.integers(RAY, RAY + 10**19),
        "mat": mats,
    }
)
vaults = st.tuples(st.integers(0, 2), st.integers(0, 2**115), st.integers(0, 2**115), st.integers(0, 4))
"""Ilk, collateral, debt, and whether the debt is put at the boundary instead, and how far from it."""


def _book(kinds: list[dict[str, int]], held: list[tuple[int, int, int, int]]) -> DeploymentBook:
    rows = DeploymentBook()
    rows.own.update({"live": 1, "par": RAY, "base": 0, "debt": 10**60})
    for number, fields in enumerate(kinds):
        rows.markets[f"ILK-{number}"] = {"listed": 1, "rho": NOW - 3_600, "line": 0, "dust": 0, **fields}
    for number, (kind, ink, art, near) in enumerate(held):
        name = f"ILK-{kind % len(kinds)}"
        fields = rows.markets[name]
        owed = max(0, ink * fields["spot"] // fields["rate"] + near - 2) if near else art
        where = Entity("made", name, account_key(address(number + 1), name))
        rows.set(where, "ink", ink)
        rows.set(where, "art", owed)
    return rows


@settings(max_examples=200, deadline=None)
@given(st.lists(ilks, min_size=1, max_size=3), st.lists(vaults, min_size=1, max_size=12))
def test_the_screen_names_everyone_below(kinds: list[dict[str, int]], held: list[tuple[int, int, int, int]]) -> None:
    rows = _book(kinds, held)
    view = MakerView(rows, VAT, None)
    weights = view.weights(NOW)
    assert weights is not None
    assume(rows.accounts)
    for cut in (1, WAD, WATCH):
        named = {rows.accounts[row] for row in candidates(rows, weights, cut)}
        for key in rows.accounts:
            health = view.health(key, NOW, WATCH)
            if health.state is State.UNKNOWN:
                assert key in named or not view.owes(key)
            elif health.health_factor_wad is not None:
                assert key in named or health.health_factor_wad >= cut
                own = {rows.accounts[row] for row in candidates(rows, weights, health.health_factor_wad + 1)}
                assert key in own


def test_without_a_duty_nobody_is_told_what_a_drip_would_do() -> None:
    """At a duty of 0 `drip` would wipe the debt out, and whoever is close would look safe for ever."""
    made = {"rate": RAY, "spot": RAY, "art": WAD, "mat": RAY, "pip": 7, "price": RAY}
    rows = _book([{**made, "duty": RAY + 10**19}], [(0, WAD, WAD, 0)])
    rows.markets[address(7)] = {"peeked": WAD, "has_peeked": 1}
    key = rows.accounts[0]
    assert MakerView(rows, VAT, None).health(key, NOW, WATCH).liquidatable_after_accrual is True
    del rows.markets["ILK-0"]["duty"]
    view = MakerView(rows, VAT, None)
    assert view.health(key, NOW, WATCH).liquidatable_after_accrual is None
    found = view.projection(key, NOW)
    assert found is not None
    assert found.interest_timestamp is None


def test_an_ilk_says_in_which_token_it_is_owed() -> None:
    rows = _book([{"rate": 2 * RAY, "spot": RAY, "art": WAD, "mat": 145 * RAY // 100, "chop": 113 * WAD // 100}], [])
    rows.markets["ILK-0"] |= {"ink": 5 * WAD, "decimals": 8, "gem": 9}
    row = MakerView(rows, VAT, None).markets(NOW)[0]
    assert (row.amounts["supplied"], row.amounts["borrowed"]) == (5 * 10**8, 2 * WAD)
    expected = {"decimals": 8, "borrowed_asset": VAT, "borrowed_decimals": 18}
    expected |= {"ltv_bps": 6_896, "liquidation_threshold_bps": 6_896, "liquidation_penalty_bps": 1_300}
    assert {name: row.facts[name] for name in expected} == expected


@settings(max_examples=200, deadline=None)
@given(st.lists(ilks, min_size=1, max_size=3), st.lists(vaults, min_size=1, max_size=12))
def test_liquidatable_is_what_bark_compares(kinds: list[dict[str, int]], held: list[tuple[int, int, int, int]]) -> None:
    rows = _book(kinds, held)
    view = MakerView(rows, VAT, None)
    for key in rows.accounts:
        health, (name,) = view.health(key, NOW, WATCH), [market for market, _ in rows.positions_of(key)]
        ink, art = rows.position_field(key, name, "ink") or 0, rows.position_field(key, name, "art") or 0
        spot, rate = rows.markets[name]["spot"], rows.markets[name]["rate"]
        if health.state is State.UNKNOWN:
            assert art
            assert spot == 0 or max(ink * spot, art * rate) >= WORD
            continue
        below = health.health_factor_wad is not None and health.health_factor_wad < WAD
        assert below == (spot > 0 and ink * spot < art * rate)
