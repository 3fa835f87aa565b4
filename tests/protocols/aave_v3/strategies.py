"""Random markets and accounts, aimed at the places where a rounding or a gate decides.

Debts are sized so that the account lands near a chosen health factor; totals run from dust to billions, around the
2000 and 1000 units of the close factor and dust rules too.
"""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from indexer.evm import Address, address
from indexer.protocols.aave_v3.configuration import write
from indexer.protocols.aave_v3.revisions import RULES, Rules
from indexer.protocols.aave_v3.state import Account, Category, Market, Position, Reserve, Sentinel

NOW = 1_750_000_000
RAY = 10**27
V3_0 = RULES[1]
V3_6 = RULES[10]
BORROWER = address("0x" + "b0" * 20)

magnitudes: SearchStrategy[int] = st.builds(
    lambda mantissa, exponent: mantissa * 10**exponent, st.integers(1, 9_999), st.integers(0, 12)
)
indices = st.one_of(st.just(RAY), st.integers(RAY, RAY + RAY // 5), st.integers(RAY, 8 * RAY))
rates = st.one_of(st.just(0), st.integers(0, RAY // 5), st.integers(0, 10 * RAY))
flag_mostly_on = st.sampled_from([1] * 12 + [0])
flag_mostly_off = st.sampled_from([0] * 12 + [1])


def word(**fields: int) -> int:
    """A reserve configuration word: an active 18-decimals reserve unless told otherwise."""
    result = 0
    for name, value in ({"active": 1, "decimals": 18} | fields).items():
        result = write(result, name, value)
    return result


def asset(reserve_id: int) -> Address:
    return address(0xA000 + reserve_id)


def reserve(reserve_id: int, *, price: int | None = 10**8, **fields: int) -> Reserve:
    """A reserve at index one ray with plenty of liquidity, last updated now."""
    return Reserve(asset(reserve_id), reserve_id, word(**fields), RAY, 0, RAY, 0, NOW, price, 0, 2**120, 2**120)


@st.composite
def reserves(draw: DrawFn, reserve_id: int, *, wild: bool) -> Reserve:
    threshold = draw(st.sampled_from([0, 5_000, 7_800, 8_300, 9_500]) | st.integers(1, 9_700))
    fields = {
        "ltv": draw(st.just(0) | st.integers(0, threshold)),
        "liquidation_threshold": threshold,
        "liquidation_bonus": draw(st.integers(10_001, 12_000)) if threshold else draw(st.sampled_from([0, 10_500])),
        "decimals": draw(st.sampled_from([0, 2, 6, 8, 18, 27]) | st.integers(0, 27)),
        "protocol_fee": draw(st.sampled_from([0, 1_000, 2_000, 10_000]) | st.integers(0, 10_000)),
        "emode_category": draw(st.integers(0, 2)),
        "active": draw(flag_mostly_on) if wild else 1,
        "paused": draw(flag_mostly_off) if wild else 0,
    }
    liquidity = draw(st.just(2**120) | magnitudes) if wild else 2**120
    return Reserve(
        asset=asset(reserve_id),
        id=reserve_id,
        configuration=word(**fields),
        liquidity_index=draw(indices),
        liquidity_rate=draw(rates),
        variable_borrow_index=draw(indices),
        variable_borrow_rate=draw(rates),
        last_update=NOW - draw(st.sampled_from([0, 1, 2, 3, 12, 3_600, 10**7])),
        price=0 if wild and draw(flag_mostly_off) else draw(magnitudes),
        grace_until=NOW + draw(st.sampled_from([-NOW] * 6 + [-1, 0, 1])) if wild else 0,
        virtual_balance=draw(st.just(liquidity) | magnitudes) if wild else liquidity,
        cash=liquidity,
    )


@st.composite
def dollar_cases(draw: DrawFn, rules: Rules) -> tuple[Market, Account]:
    """Ordinary reserves, sums around the close factor's 2000 and the dust rule's 1000, HF close to 0.95 or 1."""
    book: dict[int, Reserve] = {}
    positions = []
    collateral_count, debt_count = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    value = st.integers(900, 2_600) | st.integers(1_900, 8_000)
    values = [draw(value) * 10**8 for _ in range(collateral_count)]
    health_bps = draw(st.integers(9_495, 9_505) | st.integers(9_480, 10_010))
    share = sum(values) * 8_000 // health_bps // debt_count
    for i in range(collateral_count + debt_count):
        is_collateral = i < collateral_count
        book[i] = replace(
            reserve(
                i,
                price=draw(st.sampled_from([10**8, 99_987_654, 268_124_697_227, 6_701_234_567_890])),
                decimals=draw(st.sampled_from([6, 8, 18])),
                ltv=7_500,
                liquidation_threshold=8_000,
                liquidation_bonus=draw(st.integers(10_100, 11_500)),
                protocol_fee=draw(st.sampled_from([0, 1_000, 2_000])),
            ),
            liquidity_index=draw(indices),
            variable_borrow_index=draw(indices),
        )
        positions.append(
            _position(book[i], values[i] if is_collateral else 0, 0 if is_collateral else share, stable=False, nudge=0)
        )
    return Market(rules, book, {}), Account(BORROWER, 0, tuple(positions))


@st.composite
def categories(draw: DrawFn, category_id: int, rules: Rules) -> Category:
    threshold = draw(st.integers(1, 9_800))
    has_source = rules.emode_price_source and draw(st.booleans())
    return Category(
        id=category_id,
        ltv=draw(st.integers(0, threshold)),
        liquidation_threshold=threshold,
        liquidation_bonus=draw(st.integers(10_001, 11_000)),
        collateral_bitmap=draw(st.integers(0, 2**20 - 1)),
        ltvzero_bitmap=draw(st.integers(0, 2**20 - 1)),
        price=draw(magnitudes | st.just(0)) if has_source else None,
        has_price_source=has_source,
    )


def scaled_for(value: int, price: int | None, unit: int, index: int) -> int:
    """The scaled balance worth about `value` base units."""
    return value * unit // (price or 1) * RAY // index


def _weight(value: int, threshold: int) -> int:
    return value * threshold // 10_000


@st.composite
def cases(draw: DrawFn, rules: Rules, *, wild: bool = False, most: int = 5) -> tuple[Market, Account]:
    """A market and an account in it; `wild` adds paused, inactive, dry, zero-priced reserves and a sentinel."""
    count = draw(st.integers(1, most))
    book = {reserve_id: draw(reserves(reserve_id, wild=wild)) for reserve_id in range(count)}
    ids = sorted(book)
    collateral_ids = [i for i in ids if draw(st.booleans())] or ids[:1]
    debt_ids = [i for i in ids if draw(st.booleans())] or ids[-1:]
    value = draw(st.sampled_from([500, 1_999, 2_000, 3_990, 4_500, 100_000])) * 10**8
    value = value * draw(st.integers(90, 110)) // 100 if draw(st.booleans()) else draw(magnitudes)
    health_bps = draw(
        st.sampled_from([3_000, 9_000, 9_499, 9_500, 9_501, 9_700, 9_999, 10_000, 10_001, 20_000, 90_000])
    )
    weight = sum(_weight(value, book[i].setting("liquidation_threshold")) for i in collateral_ids)
    debt_value = weight * 10_000 // health_bps // len(debt_ids)
    positions = [
        _position(
            book[i],
            value if i in collateral_ids else 0,
            debt_value if i in debt_ids else 0,
            stable=rules.stable_debt and draw(st.booleans()),
            nudge=draw(st.integers(0, 2)),
        )
        for i in ids
    ]
    emode = draw(st.sampled_from([0, 0, 1, 2, 3]))
    market = Market(
        rules,
        book,
        {i: draw(categories(i, rules)) for i in (1, 2)},
        draw(sentinels) if wild else None,
    )
    return market, Account(BORROWER, emode, tuple(positions))


def _position(where: Reserve, supply: int, debt: int, *, stable: bool, nudge: int) -> Position:
    scaled_debt = scaled_for(debt, where.price, where.unit, where.variable_borrow_index) + (nudge if debt else 0)
    return Position(
        reserve_id=where.id,
        scaled_supply=scaled_for(supply, where.price, where.unit, where.liquidity_index) + (nudge if supply else 0),
        scaled_debt=scaled_debt // 2 if stable else scaled_debt,
        is_collateral=supply != 0,
        stable_principal=scaled_debt // 2 if stable else 0,
        stable_rate=RAY // 10 if stable else 0,
        stable_updated=NOW - 5_000 if stable else 0,
    )


sentinels = (
    st.none()
    | st.none()
    | st.builds(
        Sentinel, st.sampled_from([0, 0, 1]), st.sampled_from([NOW - 3_601, NOW - 3_600, NOW + 1]), st.just(3_600)
    )
)


def with_reserve(market: Market, changed: Reserve) -> Market:
    """The market with one reserve replaced."""
    return replace(market, reserves={**market.reserves, changed.id: changed})
