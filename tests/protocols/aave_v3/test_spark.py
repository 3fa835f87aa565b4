"""SparkLend: the guide's examples under the rules of 3.0.2, and which implementation has rules at all."""

from dataclasses import replace

import pytest

from indexer.book import Book, DeploymentBook, Draft, Entity
from indexer.evm import Address, Log, address
from indexer.protocols._interface import Deployment
from indexer.protocols.aave_v3 import spark
from indexer.protocols.aave_v3.account_data import account_data
from indexer.protocols.aave_v3.accrual import compounded_interest, normalized_debt
from indexer.protocols.aave_v3.adapter import AaveV3
from indexer.protocols.aave_v3.identity import identity
from indexer.protocols.aave_v3.interfaces import POOL, PROVIDER
from indexer.protocols.aave_v3.liquidation import liquidation_terms
from indexer.protocols.aave_v3.revisions import RULES
from indexer.protocols.aave_v3.state import Account, Market, Position
from indexer.units import ray_div_ceil, ray_div_floor, ray_div_half_up
from indexer.words import Health, Reason
from tests.protocols.aave_v3.strategies import BORROWER, NOW, RAY, asset, reserve

ENTRY = address("0x02c3ea4e34c0cbd694d2adfa2c690eecbc1793ee")
KNOWN = address("0x5ae329203e00f76891094dcfedd5aca082a50e1b")
PORTED = address(0xBEEF)
SPARK = spark.DEPLOYMENTS[ENTRY][KNOWN]
DAI_INDEX = 1187654321098765432109876543
"""The borrow index of the examples."""


def example_2() -> tuple[Market, Account]:
    """wstETH and ETH against DAI, whose price is fixed at one dollar."""
    wsteth = reserve(0, price=330326316802, liquidation_threshold=7950, liquidation_bonus=10700, protocol_fee=1000)
    ether = reserve(1, price=268124697227, liquidation_threshold=8250, liquidation_bonus=10500)
    market = Market(
        SPARK,
        {
            0: replace(wsteth, liquidity_index=1000123456789012345678901234),
            1: replace(ether, liquidity_index=1012345678901234567890123456),
            2: replace(reserve(2, price=10**8), variable_borrow_index=DAI_INDEX),
        },
        {},
    )
    positions = (
        Position(0, 25123456789012345678, 0, is_collateral=True),
        Position(1, 7654321098765432109, 0, is_collateral=True),
        Position(2, 0, 72345678901234567890123, is_collateral=False),
    )
    return market, Account(BORROWER, 0, positions)


def test_worked_example_1_is_a_price_of_the_oracle() -> None:
    """Read, never computed here: an exchange rate times ETH / USD, whatever the market says."""
    assert 1231987654321098765 * 268124697227 // 10**18 == 330326316802


def test_worked_example_2() -> None:
    market, account = example_2()
    data = account_data(market, account, NOW)
    wsteth, ether, dai = data.lines
    assert (wsteth.amount, wsteth.value) == (25126558450316407559, 8299963506803)
    assert ether.value == 2077649718549
    assert data.current_liquidation_threshold == 8010
    assert (dai.amount, dai.value) == (85921658159875019027235, 8592165815987)
    assert data.health_factor == 967447366767575522


def test_worked_example_3() -> None:
    market, account = example_2()
    terms = next(one for one in liquidation_terms(market, account, NOW) if one.collateral_asset == asset(0))
    assert (terms.max_debt_to_cover, terms.close_factor_bps) == (42960829079937509513618, 5_000)
    assert (terms.collateral_to_liquidator, terms.protocol_fee) == (13824923716067987877, 91039008478340466)
    assert terms.gates == ()


def test_worked_example_4_is_what_the_pending_port_will_round() -> None:
    """Not supported: only what its tokens would store, beside what they store today."""
    assert ray_div_half_up(281849216645, DAI_INDEX) == 237315868463
    assert ray_div_floor(281849216645, DAI_INDEX) == 237315868462
    assert ray_div_half_up(394028974809, DAI_INDEX) == 331770758384
    assert ray_div_ceil(394028974809, DAI_INDEX) == 331770758385


def test_worked_example_5() -> None:
    rate = 525 * 10**23
    assert compounded_interest(rate, NOW, NOW + 5_400, SPARK) == 1000008989766427606312095872
    owed = replace(reserve(0), variable_borrow_index=DAI_INDEX, variable_borrow_rate=rate)
    assert normalized_debt(owed, SPARK, NOW + 5_400) == 1187664997833708847358289869


def rows_of(implementation: Address | None) -> DeploymentBook:
    rows = DeploymentBook()
    rows.set(Entity("spark"), "pool_revision", 1)
    if implementation is not None:
        rows.set(Entity("spark"), "pool_implementation", int(implementation, 16))
    rows.set(Entity("spark", asset(0)), "id", 0)
    rows.set(Entity("spark", asset(0), BORROWER), "debt", 1)
    return rows


@pytest.mark.parametrize("entry", [ENTRY, "0xa98dacb3fc964a6a0d2ce3b77294241585eaba6d"])
@pytest.mark.parametrize("implementation", [None, PORTED])
def test_an_implementation_nobody_compared_is_unknown(entry: str, implementation: Address | None) -> None:
    """Although the pool says POOL_REVISION 1, as the known one does."""
    view = AaveV3().view(Deployment("spark", "aave_v3", address(entry)), rows_of(implementation), "price", 1)
    assert not view.supported
    assert view.health(BORROWER, NOW, RAY) == Health.unknown(Reason.UNSUPPORTED_REVISION)
    assert view.weights(NOW) is None
    assert view.owes(BORROWER)


def test_the_known_implementation_runs_3_0_2() -> None:
    view = AaveV3().view(Deployment("spark", "aave_v3", ENTRY), rows_of(KNOWN), "price", 1)
    assert view.supported
    assert view.revision == f"1-{KNOWN}"
    assert SPARK is RULES[1]


def test_aave_itself_is_told_by_its_revision() -> None:
    view = AaveV3().view(Deployment("aave", "aave_v3", address(1)), rows_of(PORTED), "price", 1)
    assert (view.supported, view.revision) == (True, "1")


def test_an_upgrade_is_noticed_by_its_log() -> None:
    deployment, book = Deployment("spark", "aave_v3", ENTRY), Book()
    protocol, draft = AaveV3(), Draft(book)
    topics = (PROVIDER.topic("PoolUpdated"), _word(KNOWN), _word(PORTED))
    log = Log(ENTRY, topics, "0x", 1, "0x", "0x", 0, NOW)
    (call,) = protocol.plan_facts(deployment, [log])
    assert call == POOL.call("POOL_REVISION", PORTED)
    protocol.apply_logs(deployment, [log], draft, {call: (1).to_bytes(32, "big")})
    book.apply(draft.changes())
    assert not protocol.view(deployment, book["spark"], "price", 1).supported


def test_both_chains_have_their_deployment() -> None:
    found = {chain: [one for one in AaveV3().deployments(chain) if one.name == "spark"] for chain in (1, 100)}
    assert {one.entry for (one,) in found.values()} == set(spark.DEPLOYMENTS)
    assert all(one.first_block > 0 for (one,) in found.values())


def test_identity_knows_revisions_not_implementations() -> None:
    """Behind a proxy no call tells the implementation."""
    deployment = Deployment("spark", "aave_v3", ENTRY)
    answers = {PROVIDER.call(getter, ENTRY): (7).to_bytes(32, "big") for getter in ("getPool", "getPriceOracle")}
    answers[POOL.call("POOL_REVISION", address(7))] = (1).to_bytes(32, "big")
    assert AaveV3().identity(deployment, answers).supported
    assert not identity(deployment, answers, {}).supported
    assert identity(deployment, answers, None).supported


def _word(contract: str) -> str:
    return "0x" + contract[2:].rjust(64, "0")
