"""The collateral chains of the devnet stand as they are described, by what the contracts say."""

from collections.abc import Iterator

import pytest

from scripts.devnet import Devnet
from scripts.devnet.chains import Edge
from scripts.devnet.chains_plan import (
    ATOMIC_WRAPPED,
    DEPOSITORS,
    EMODE,
    LOOP,
    LOOP_ROUNDS,
    RECEIVER,
    SENDER,
    STAKED,
    STATIC,
    STATIC_CHAIN,
    VAULT,
    WRAPPED,
)
from scripts.devnet.morpho_plan import NAME as MORPHO
from scripts.devnet.plan import LEGACY, MAIN
from tests.conftest import SEED
from tests.devnet.chain_witness import WAD, ChainWitness

pytestmark = pytest.mark.node
RAY = 10**27
PROTOCOLS = ("morpho_blue", "chains")


@pytest.fixture(scope="module")
def witness() -> Iterator[ChainWitness]:
    """The chains alone behind Morpho Blue, at the end of their story. Not to be changed."""
    with Devnet.start(seed=SEED, protocols=PROTOCOLS, common=False) as running:
        running.live_all()
        yield ChainWitness(running)


def edges_by_stock(witness: ChainWitness, owner: str) -> dict[Edge, int]:
    """Every debt beside every collateral of the same base, and every receipt: how much could be reused at most."""
    held = [(one, *witness.in_base(one.symbol, one.amount)) for one in witness.held(owner)]
    found = {}
    for there, base, posted in held:
        if there.is_debt:
            continue
        if there.symbol == STATIC:
            found[Edge(MAIN, None, STATIC, there.deployment, base)] = posted
        for here, debt_base, owed in held:
            if here.is_debt and debt_base == base:
                found[Edge(here.deployment, here.symbol, there.symbol, there.deployment, base)] = min(owed, posted)
    return found


def without_proof(edge: Edge) -> Edge:
    return Edge(edge.source, edge.debt, edge.collateral, edge.destination, edge.base)


def test_every_owner_has_the_edges_it_is_said_to_have_and_no_others(witness: ChainWitness) -> None:
    for structure in witness.structures.values():
        found = edges_by_stock(witness, structure.owner)
        assert found.keys() == {without_proof(edge) for edge in structure.edges}, structure.name
        assert all(found.values()), structure.name


def test_single_transactions_prove_what_is_said_and_nothing_else(witness: ChainWitness) -> None:
    for structure in witness.structures.values():
        said = [edge.atomic for edge in structure.edges if edge.atomic]
        seen = witness.single_transactions(structure.owner)
        if structure.name == ATOMIC_WRAPPED:  # it posts shares
            seen = [(borrowed, witness.in_base(STATIC, posted)[1]) for borrowed, posted in seen]
            # What was put in, with the interest since then and a wei of rounding either way.
            assert [borrowed for borrowed, _ in seen] == [borrowed for borrowed, _ in said]
            assert said[0][1] - 1 <= seen[0][1] < said[0][1] * 10_001 // 10_000
        else:
            assert seen == said, structure.name
    assert sum(bool(edge.atomic) for structure in witness.structures.values() for edge in structure.edges) == 3


def test_the_static_receipt_is_worth_what_the_index_says(witness: ChainWitness) -> None:
    call, static = witness.devnet.call, witness.token(STATIC)
    main = witness.devnet.world.main
    assert call(static, "symbol()", returns="string") == STATIC
    assert call(static, "asset()", returns="address") == witness.token("WETH")
    receipt, _, _ = main.reserve_tokens("WETH")
    assert call(static, "aToken()", returns="address") == receipt
    index = call(main.pool, "getReserveNormalizedIncome(address)", [witness.token("WETH")])
    assert index > RAY
    for shares in (1, WAD, 12_345_678_901_234_567_890_123):
        assert call(static, "convertToAssets(uint256)", [shares]) == shares * index // RAY
    supplied = call(static, "totalSupply()")
    assert supplied > 0
    assert abs(call(receipt, "balanceOf(address)", [static]) - supplied * index // RAY) <= 10
    price = call(witness.extension.site.oracle, "price()")
    ether = witness.devnet.world.feeds.visible("ETH / USD")
    dollar = witness.devnet.world.feeds.visible("USDC / USD")
    assert price == 10**6 * (WAD * index // RAY) * ether // dollar


def test_wrapped_staked_ether_has_a_rate_and_a_price_that_follows_it(witness: ChainWitness) -> None:
    call, staked, wrapped = witness.devnet.call, witness.token(STAKED), witness.token(WRAPPED)
    shares, pool = (call(staked, name) for name in ("getTotalShares()", "getTotalPooledEther()"))
    assert pool > shares * 115 // 100
    assert call(wrapped, "stETH()", returns="address") == staked
    assert call(wrapped, "stEthPerToken()") == WAD * pool // shares
    amount = 3_333_333_333_333_333_333
    assert call(wrapped, "getStETHByWstETH(uint256)", [amount]) == amount * pool // shares
    assert call(witness.token("WETH"), "balanceOf(address)", [staked]) == pool
    ether = witness.devnet.world.feeds.visible("ETH / USD")
    said = call(witness.devnet.world.main.deployment.oracle, "getAssetPrice(address)", [wrapped])
    assert said == ether * pool // shares


def test_the_loop_is_three_loans_deep_inside_its_category(witness: ChainWitness) -> None:
    main, owner = witness.devnet.world.main, witness.owner(LOOP)
    assert witness.devnet.call(main.pool, "getUserEMode(address)", [owner]) == EMODE.category
    rounds = witness.devnet.rpc(
        "eth_getLogs",
        [
            {
                "fromBlock": "0x0",
                "address": main.pool,
                "topics": [None, None, "0x" + owner[2:].lower().rjust(64, "0")],
            }
        ],
    )
    # Borrow and Supply have the account as their second indexed argument; the first collateral is one more supply.
    assert len({log["transactionHash"] for log in rounds}) == 2 * LOOP_ROUNDS + 1
    posted = witness.in_base(WRAPPED, witness.amount(owner, MAIN, WRAPPED, is_debt=False))[1]
    owed = witness.amount(owner, MAIN, "WETH", is_debt=True)
    assert posted > 2 * (posted - owed), "more than twice of what is its own"
    assert witness.health(owner, MAIN) > 11 * WAD // 10


def test_the_chain_is_at_risk_where_it_begins_and_nowhere_else(witness: ChainWitness) -> None:
    (at_risk,) = (structure for structure in witness.structures.values() if structure.at_risk)
    assert at_risk.name == STATIC_CHAIN
    assert WAD <= witness.health(at_risk.owner, MORPHO) <= WAD * 105 // 100
    assert witness.health(at_risk.owner, LEGACY) > 13 * WAD // 10
    for name in (LOOP, "cycle", "vault", "atomic", "atomic wrapped", "atomic part"):
        for deployment in (LEGACY, MAIN):
            assert witness.health(witness.owner(name), deployment) > 11 * WAD // 10, (name, deployment)


def test_the_vault_belongs_to_its_depositors_and_is_none_of_them(witness: ChainWitness) -> None:
    call, vault = witness.devnet.call, witness.owner(VAULT)
    assert call(vault, "asset()", returns="address") == witness.token("WETH")
    assets = call(vault, "totalAssets()")
    assert assets == witness.amount(vault, LEGACY, "WETH", is_debt=False)
    owners = [witness.owner(name) for name in DEPOSITORS]
    shares = [call(vault, "balanceOf(address)", [owner]) for owner in owners]
    assert all(shares)
    assert sum(shares) == call(vault, "totalSupply()")
    worth = sum(call(vault, "convertToAssets(uint256)", [part]) for part in shares)
    assert assets - 3 <= worth <= assets
    # Taken together they would make a chain that none of them has.
    assert witness.amount(owners[0], LEGACY, "USDC", is_debt=True)
    assert witness.amount(owners[1], MAIN, "USDC", is_debt=False)


def test_what_was_sent_on_is_owed_by_one_and_posted_by_another(witness: ChainWitness) -> None:
    owed = witness.amount(witness.owner(SENDER), LEGACY, "USDC", is_debt=True)
    posted = witness.amount(witness.owner(RECEIVER), MAIN, "USDC", is_debt=False)
    assert owed >= posted > owed * 9_999 // 10_000
    assert [one.is_debt for one in witness.held(witness.owner(RECEIVER))] == [False]
    assert witness.devnet.call(witness.token("USDC"), "balanceOf(address)", [witness.owner(SENDER)]) == 0


def test_the_settings_say_that_staked_ether_counts_as_ether(witness: ChainWitness) -> None:
    lines = ["[[wrappers]]", f'token = "{witness.token(STAKED)}"', 'kind = "same"']
    lines += [f'underlying = "{witness.token("WETH")}"']
    text = witness.devnet.config_toml("sqlite://")
    assert "\n".join(lines) in text
    assert text.count("[[wrappers]]") == 1
    assert f'proxy = "{witness.extension.site.feed.proxy}"' in text


def test_the_blocks_of_the_others_are_the_same_with_and_without(witness: ChainWitness) -> None:
    with Devnet.start(seed=SEED, protocols=("morpho_blue",), common=False) as without:
        without.live_all()
        tip, found = without.tip_hash, without.block_number
        assert "[[wrappers]]" not in without.config_toml("sqlite://")
    assert witness.devnet.rpc("eth_getBlockByNumber", [hex(found), False])["hash"] == tip
    assert witness.devnet.block_number > found


def test_ordinary_life_and_reorgs_move_what_single_transactions_built() -> None:
    with Devnet.start(seed=SEED, protocols=PROTOCOLS, common=False) as devnet:
        devnet.live_all()
        witness = ChainWitness(devnet)
        owners = [
            structure.owner for structure in witness.structures.values() if any(e.atomic for e in structure.edges)
        ]
        devnet.live(6)
        lived = [list(witness.held(owner)) for owner in owners]
        devnet.reorg(6)
        assert lived != [list(witness.held(owner)) for owner in owners]
        # Back before the deploying blocks: everything is told again, at the same addresses.
        before = witness.structures
        devnet.reorg(34)
        devnet.live_all()
        assert before == witness.structures
        for structure in witness.structures.values():
            assert edges_by_stock(witness, structure.owner).keys() == {without_proof(edge) for edge in structure.edges}


def test_they_join_only_with_morpho_blue() -> None:
    with pytest.raises(ValueError, match="chains joins the devnet only with morpho_blue"):
        Devnet.start(protocols=("venus_isolated", "chains"))
