"""The structure kept from block to block is the one built anew, whatever happened in between."""

from copy import deepcopy
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from indexer.book import Change, Entity
from indexer.evm import Address, address
from indexer.protocols._interface import View
from indexer.risk.footprints import Account, Footprints, Sight
from indexer.risk.look_through import Conversion, LookThrough
from tests.unit.risk.small_market import DAI, DOLLAR, ETHER, STAKED, WRAPPED, Holdings, SmallView

WHO = [address(n) for n in range(1, 5)]
NOTHING = LookThrough([])
LOOK = LookThrough([Conversion(WRAPPED, STAKED, 12, 10, "wsteth"), Conversion(STAKED, ETHER, 1, 1, "same")])


def views(first: Holdings, second: Holdings, owners: dict[str, str] | None = None) -> dict[str, View]:
    return {"a": SmallView(first, owners or {}), "b": SmallView(second, owners or {})}  # type: ignore[dict-item]


def touched(*accounts: tuple[str, str]) -> list[Change]:
    return [Change(Entity(deployment, "m", account), "f", 1, 2) for deployment, account in accounts]


def test_who_has_a_chain() -> None:
    first: Holdings = {WHO[0]: {(ETHER, True): 5}, WHO[1]: {(DOLLAR, True): 5}}
    second: Holdings = {WHO[0]: {(WRAPPED, False): 1}}
    found = Footprints.build(Sight(views(first, second), LOOK, 0))
    assert found.linked == [WHO[0]]
    assert found.accounts_of(WHO[0]) == [Account("a", WHO[0]), Account("b", WHO[0])]


def test_a_receipt_of_another_deployment_is_a_chain_without_a_debt() -> None:
    look = LookThrough([Conversion(WRAPPED, ETHER, 1, 1, "receipt", "a", "m")])
    own = LookThrough([Conversion(WRAPPED, ETHER, 1, 1, "receipt", "b", "m")])
    held = views({}, {WHO[0]: {(WRAPPED, False): 1}})
    assert Footprints.build(Sight(held, look, 0)).linked == [WHO[0]]
    assert Footprints.build(Sight(held, own, 0)).linked == []


def test_accounts_of_one_owner_stand_together() -> None:
    held = views({WHO[0]: {(ETHER, True): 5}}, {WHO[1]: {(ETHER, False): 5}}, {WHO[1]: WHO[0]})
    assert Footprints.build(Sight(held, NOTHING, 0)).linked == [WHO[0]]


def test_a_vault_changes_hands() -> None:
    held = views({WHO[0]: {(ETHER, True): 5}}, {WHO[1]: {(ETHER, False): 5}}, {WHO[1]: WHO[0]})
    found = Footprints.build(Sight(held, NOTHING, 0))
    held["b"].owners = {WHO[1]: WHO[2]}  # type: ignore[attr-defined]
    assert found.update(touched(("b", WHO[1])), Sight(held, NOTHING, 0)) == {WHO[0], WHO[2]}
    assert found.linked == []
    assert found == Footprints.build(Sight(held, NOTHING, 0))


def test_what_a_smart_wallet_holds_is_its_owners_on_every_protocol() -> None:
    held = views({WHO[0]: {(ETHER, True): 5}}, {WHO[1]: {(ETHER, False): 5}})
    found = Footprints.build(Sight(held, NOTHING, 0))
    assert found.linked == []
    named = Sight(held, NOTHING, 0, {WHO[1]: WHO[0]})
    assert found.update([], named) == {WHO[0], WHO[1]}
    assert found.accounts_of(WHO[0]) == [Account("a", WHO[0]), Account("b", WHO[1])]
    assert found == Footprints.build(named)
    found.update([], Sight(held, NOTHING, 0, {WHO[1]: WHO[2]}))
    assert found == Footprints.build(Sight(held, NOTHING, 0, {WHO[1]: WHO[2]}))


def test_a_wrapper_that_becomes_known_links_those_who_hold_it() -> None:
    held = views({WHO[0]: {(ETHER, True): 5}}, {WHO[0]: {(WRAPPED, False): 1}})
    found = Footprints.build(Sight(held, NOTHING, 0))
    assert found.linked == []
    assert found.update([], Sight(held, LOOK, 0)) == {WHO[0]}
    assert found.linked == [WHO[0]]


def test_other_rules_look_at_everybody_again() -> None:
    held = views({WHO[0]: {(ETHER, True): 5}}, {WHO[0]: {(ETHER, False): 1}})
    found = Footprints.build(Sight(held, NOTHING, 0))
    held["b"].holdings.clear()  # type: ignore[attr-defined]
    held["b"].revision = "2"  # type: ignore[misc]
    found.update([], Sight(held, NOTHING, 0))
    assert found.linked == []
    assert found == Footprints.build(Sight(held, NOTHING, 0))


def test_a_block_looks_only_at_what_it_touched() -> None:
    held = views({who: {(ETHER, True): 5, (ETHER, False): 5} for who in WHO}, {})
    found = Footprints.build(Sight(held, NOTHING, 0))
    with patch.object(held["a"], "positions", wraps=held["a"].positions) as asked:
        assert found.update(touched(("a", WHO[2])), Sight(held, NOTHING, 0)) == {WHO[2]}
    assert [call.args[0] for call in asked.call_args_list] == [WHO[2]]


PROXIES = st.dictionaries(st.sampled_from(WHO[:2]), st.sampled_from(WHO[2:]))
MOVE = st.tuples(
    st.sampled_from("ab"),
    st.sampled_from(WHO),
    st.sampled_from([ETHER, STAKED, WRAPPED, DOLLAR, DAI]),
    st.booleans(),
    st.integers(0, 2),
)
BLOCK = st.tuples(st.lists(MOVE, max_size=4), st.booleans(), PROXIES)


@given(blocks=st.lists(BLOCK, max_size=8), undone=st.integers(0, 3))
def test_kept_up_is_built_anew_also_after_blocks_are_undone(
    blocks: list[tuple[list[tuple[str, str, Address, bool, int]], bool, dict[str, str]]], undone: int
) -> None:
    sight = Sight(views({}, {}), NOTHING, 0)
    found = Footprints.build(sight)
    past = []
    for moves, wrapped, proxies in blocks:
        past.append((deepcopy(sight), touched(*{(deployment, who) for deployment, who, *_ in moves})))
        for deployment, who, token, owed, amount in moves:
            sight.views[deployment].holdings.setdefault(who, {})[token, owed] = amount  # type: ignore[attr-defined]
        sight = Sight(sight.views, LOOK if wrapped else sight.look, 0, proxies)
        found.update(past[-1][1], sight)
        assert found == Footprints.build(sight)
    for before, changes in reversed(past[max(0, len(past) - undone) :]):
        found.update(changes, before)
        assert found == Footprints.build(before)
