"""Every account of the V2 devnet at every fifth block, against the contracts; and what logs gave against reads."""

import pytest

from indexer.book import Book, Draft
from indexer.evm import Call
from indexer.node import Read
from indexer.protocols._interface import Facts
from indexer.protocols._registry import protocol_of
from indexer.risk.screen import candidates
from scripts.devnet.aave_v2_plan import NAME
from tests.devnet.comparison import Comparison, compare
from tests.devnet.witness import WAD
from tests.protocols.aave_v2.conftest import Figure, Site

pytestmark = pytest.mark.node
AT_LEAST = 1_500
CUTS = (WAD, 105 * WAD // 100, 2 * WAD, 10 * WAD)


def asked(site: Site, calls: list[Call]) -> Facts:
    unique = tuple(dict.fromkeys(calls))
    answers = site.following.node.read(site.following.cursor.hash, [Read(unique)])[0]
    return dict(zip(unique, answers, strict=True))


def test_every_fifth_block_is_what_the_contracts_said(tip: Site, record_property: Figure) -> None:
    following, witness, total = tip.following, tip.witness, Comparison()
    blocks = [*range(tip.deployment.first_block + 2, tip.devnet.block_number, 5), tip.devnet.block_number]
    for number in blocks:
        ref = following.header(number)
        book = Book().load(following.store.load_state(number))
        view = following.view_at(NAME, book, ref.hash)
        total += compare(view, book[NAME], witness, number, ref.hash, ref.timestamp)
    record_property("fields compared", total.fields)
    record_property("balances compared", total.positions)
    assert total.mismatches == []
    assert total.fields >= AT_LEAST


def test_market_claims_are_what_the_tokens_answer(tip: Site) -> None:
    """Prices, indices and total supplies, variable and stable."""
    cursor = tip.following.cursor
    claims = tip.following.view(NAME).market_claims(cursor.timestamp)
    reads = [(claim.truth.to, claim.truth.signature, claim.truth.arguments, "uint256") for claim in claims]
    told = tip.devnet.chain.calls(reads, cursor.number)
    assert len(claims) == 6 * len(tip.following.view(NAME).markets(cursor.timestamp))
    assert [claim.ours for claim in claims] == [
        {claim.truth.fields[0]: value} for claim, value in zip(claims, told, strict=True)
    ]


def test_a_backfill_is_proven(tip: Site) -> None:
    book, protocol = tip.following.sync.book, protocol_of(tip.deployment)
    answers = asked(tip, protocol.plan_reconcile(tip.deployment, book))
    assert protocol.reconcile(tip.deployment, book, answers) == []
    accounts = book[NAME].accounts
    answers = asked(tip, protocol.plan_holdings(tip.deployment, accounts, book))
    assert protocol.holdings(tip.deployment, accounts, book, answers) == []


def test_a_planted_error_is_found_and_healed(tip: Site) -> None:
    book, protocol = Book().load(tip.following.store.load_state(None)), protocol_of(tip.deployment)
    right = {(entity, field): value for entity, field, value in book.items()}
    positions = [
        (entity, field)
        for (entity, field), value in right.items()
        if entity.account and field in ("supply", "debt", "stable", "stable_rate", "collateral") and value
    ]
    markets = [(entity, field) for entity, field in right if entity.market and not entity.account]
    wanted = ("total_debt", "borrow_index", "stable_total", "stable_average")
    planted = [*positions[::5], *((entity, field) for entity, field in markets if field in wanted)]
    for entity, field in planted:
        book.set(entity, field, right[entity, field] ^ 1)
    accounts = book[NAME].accounts
    found = protocol.holdings(
        tip.deployment, accounts, book, asked(tip, protocol.plan_holdings(tip.deployment, accounts, book))
    )
    found += protocol.reconcile(tip.deployment, book, asked(tip, protocol.plan_reconcile(tip.deployment, book)))
    assert {(entity.market, field) for entity, field in planted} <= {
        (market, field)
        for market in {entity.market for entity, _ in planted}
        for field in ("supply", "debt", "stable", "stable_rate", "collateral", *wanted)
        if any(market in line and f"{field} is" in line for line in found)
    }
    draft = Draft(book)
    protocol.apply_heal(
        tip.deployment, accounts, draft, asked(tip, protocol.plan_heal(tip.deployment, accounts, draft))
    )
    book.apply(draft.changes())
    assert {key: book.get(*key) for key in right} == right


def test_heal_finds_nothing_to_write_in_a_right_book(tip: Site) -> None:
    """Logs and reads end in the same integers."""
    book, protocol = tip.following.sync.book, protocol_of(tip.deployment)
    draft, accounts = Draft(book), book[NAME].accounts
    protocol.apply_heal(
        tip.deployment, accounts, draft, asked(tip, protocol.plan_heal(tip.deployment, accounts, draft))
    )
    assert draft.changes() == []


@pytest.mark.parametrize("cut", CUTS)
def test_screen_misses_nobody(tip: Site, cut: int) -> None:
    at, view, rows = tip.following.cursor.timestamp, tip.following.view(NAME), tip.following.sync.book[NAME]
    weights = view.weights(at)
    assert weights is not None
    named = {rows.accounts[row] for row in candidates(rows, weights, cut)}
    factors = {account: view.health(account, at, cut).health_factor_wad for account in view.accounts()}
    below = {account for account, factor in factors.items() if factor is not None and factor < cut}
    assert below
    assert below <= named


def test_flags_are_the_contracts(tip: Site) -> None:
    """Every pair of bits of `getUserConfiguration`, one for each reserve."""
    assert tip.flags_of_book() == tip.flags_of_contract()


def test_the_unit_is_ether(tip: Site) -> None:
    view = tip.following.view(NAME)
    account = next(view.accounts())
    assert view.unit(account).name == "eth_e18"
    assert not view.unit(account).is_usd
    assert view.price_of(tip.story.tokens["WETH"].lower()) == WAD


def test_an_unreadable_price_is_unknown_where_the_contract_reverts(tip: Site) -> None:
    """LINK's source becomes a contract without answers: `getUserAccountData` reverts for whoever it is asked of."""
    with tip.undone():
        link = tip.story.tokens["LINK"]
        oracle = tip.story.named("getPriceOracle()")
        tip.story.send(oracle, "setAssetSources(address[],address[])", [[link], [tip.story.tokens["WETH"]]])
        tip.mine()
        cursor, view = tip.following.cursor, tip.following.view(NAME)
        said = tip.witness.account_data(view.accounts(), cursor.hash)
        unknown = 0
        for account, theirs in said.items():
            ours = view.comparable(account, cursor.timestamp)
            unknown += theirs is None
            assert ours == theirs
        assert unknown > 0
