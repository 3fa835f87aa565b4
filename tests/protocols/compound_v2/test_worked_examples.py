"""Numbers worked out by hand, of a market at 18 decimals' worth of digits: each truncation shows."""

from dataclasses import replace

from indexer.evm import address
from indexer.protocols.compound_v2.accrual import accrue, borrow_balance, exchange_rate
from indexer.protocols.compound_v2.liquidation import seize_ratio
from indexer.protocols.compound_v2.liquidity import liquidity, token_weight
from indexer.protocols.compound_v2.rules import G1, V2_9
from indexer.protocols.compound_v2.state import Market, Pool, Position
from indexer.units import WAD

USDC_PRICE = 999_876_540_000_000_000_000_000_000_000
ETH_PRICE = 2_681_246_972_270_000_000_000
MARKET = Market(
    address=address("0x" + "c1" * 20),
    asset=address("0x" + "a1" * 20),
    decimals=6,
    price=USDC_PRICE,
    cash=45_678_901_234_567,
    total_borrows=123_456_789_012_345,
    reserves=2_345_678_901_234,
    total_supply=7_654_321_098_765_432,
    borrow_index=1_234_567_890_123_456_789,
    accrual=1_000,
    borrow_rate=28_500_123_456,
    reserve_factor=75 * 10**15,
    threshold=855 * 10**15,
    seize_share=28 * 10**15,
)
EXAMPLE_RATE = 220_123_456_789_013


def at_rate(market: Market, rate: int) -> Market:
    """The market with this exchange rate."""
    return replace(market, cash=rate, total_borrows=0, reserves=0, total_supply=WAD)


def test_accrual() -> None:
    accrued = accrue(MARKET, V2_9, 1_137)
    assert accrued.total_borrows == 123_457_271_051_465
    assert accrued.reserves == 2_345_715_054_168
    assert accrued.borrow_index == 1_234_572_710_514_664_605
    assert exchange_rate(MARKET) == 21_790_307_617_559_918
    assert exchange_rate(accrued) == 21_790_365_870_431_760


def test_borrow_balance() -> None:
    position = Position(MARKET.address, 0, 25_000_000_000, 1_100_000_000_000_000_001, True)
    assert borrow_balance(position, MARKET) == 28_058_361_139
    assert borrow_balance(position, accrue(MARKET, V2_9, 1_137)) == 28_058_470_693


def test_each_product_truncates() -> None:
    market, balance = at_rate(MARKET, EXAMPLE_RATE), 12_345_678_901_234_567
    assert V2_9.multiply(market.threshold, EXAMPLE_RATE) == 188_205_555_554_606
    assert token_weight(market, V2_9) == 188_182_319_696_717_228_343_240_000
    sums = liquidity({market.address: market}, V2_9, [Position(market.address, balance, 0, 0, True)])
    assert sums.weighted == 2_323_238_493_865_139_967_104_637
    assert sums.weighted != 855 * 10**15 * EXAMPLE_RATE * USDC_PRICE * balance // WAD**3


def test_seized_tokens() -> None:
    ether = replace(MARKET, address=address("0x" + "c2" * 20), price=ETH_PRICE)
    usdc = at_rate(MARKET, EXAMPLE_RATE)
    pool = Pool(V2_9, {ether.address: ether, usdc.address: usdc}, 5 * 10**17, 108 * 10**16)
    ratio = seize_ratio(pool, ether, usdc)
    assert ratio == 13_156_727_253_571
    seized = ratio * 3 * WAD // WAD
    fee = V2_9.protocol_share(seized, 28 * 10**15, pool.incentive)
    assert (seized, fee, seized - fee) == (39_470_181_760_713, 1_105_165_089_299, 38_365_016_671_414)
    assert EXAMPLE_RATE * fee // WAD == 243_272_759


def test_a_shortfall() -> None:
    ether = replace(at_rate(MARKET, 200_987_654_321_098_765_432_109_876), threshold=825 * 10**15, price=ETH_PRICE)
    usdc = replace(MARKET, address=address("0x" + "c2" * 20))
    assert token_weight(ether, V2_9) == 444_590_470_179_978_743_935_445_621_315
    positions = [
        Position(ether.address, 52_345_678_901, 0, 0, True),
        Position(usdc.address, 0, 25_000_000_000, 1_100_000_000_000_000_001, True),
    ]
    sums = liquidity({ether.address: ether, usdc.address: usdc}, V2_9, positions)
    assert sums.weighted == 23_272_389_994_485_783_009_050
    assert sums.debt == 28_054_897_053_733_779_060_000
    assert (sums.liquidity, sums.shortfall) == (0, 4_782_507_059_247_996_050_950)


def test_the_first_generations_round_half_up() -> None:
    """`Exponential.mulExp` adds half a scale: 0.5 units of the last digit become one."""
    assert (G1.multiply(1, 5 * 10**17), V2_9.multiply(1, 5 * 10**17)) == (1, 0)
    assert (G1.multiply(1, 5 * 10**17 - 1), V2_9.multiply(1, WAD - 1)) == (0, 0)
