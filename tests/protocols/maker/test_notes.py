"""The two layouts of anonymous LogNotes, and what an urn's address is made of."""

import pytest

from indexer.book import Book, Draft, Entity
from indexer.errors import MissedLog
from indexer.evm import Address, Log, address
from indexer.protocols._interface import Deployment
from indexer.protocols.maker import notes
from indexer.protocols.maker.adapter import Maker
from indexer.protocols.maker.interfaces import account_key, ilk_name, ilk_of, ilk_word, is_contract
from indexer.protocols.maker.manager_logs import urn_address
from tests.protocols.maker.golden import recorded

VAT = address("0x" + "11" * 20)
JUG = address("0x" + "22" * 20)
CALLER = address("0x" + "33" * 20)
URN = address("0x" + "44" * 20)
ETH = ilk_word("ETH-A")
CALLDATA = 224


def _word(value: int | str) -> str:
    number = int(value, 16) if isinstance(value, str) else value
    return f"{number % 2**256:064x}"


def _note(emitter: Address, topic: str, *arguments: int | str, caller: Address | None = None) -> Log:
    """A LogNote as the Vat writes it, or with a caller as LibNote does."""
    words = [_word(argument) for argument in arguments]
    calldata = (topic[2:10] + "".join(words)).ljust(2 * CALLDATA, "0")
    firsts = words if caller is None else [_word(caller), *words]
    topics = (topic, *("0x" + word for word in (*firsts, *["0" * 64] * 3)[:3]))
    return Log(emitter, topics, "0x" + _word(32) + _word(CALLDATA) + calldata, 1, "0x", "0x", 0, 1_000)


def test_selectors_stand_left_in_topic0() -> None:
    known = {
        notes.FROB: "0x76088703",
        notes.FORK: "0x870c616d",
        notes.GRAB: "0x7bab3f40",
        notes.FOLD: "0xb65337df",
        notes.DRIP: "0x44e2a5a8",
        notes.GIVE: "0xfcafcc68",
        notes.HEAL: "0xf37ac61c",
        notes.SUCK: "0xf24e23eb",
        notes.HOPE: "0xa3b22fc4",
    }
    assert {topic[:10] for topic in known} == set(known.values())
    assert all(topic[:10] == selector and topic[10:] == "0" * 56 for topic, selector in known.items())
    assert notes.LOG_VALUE == "0x296ba4ca62c6c21c95e828080cb8aec7481b71390585605300a8a76f9e95b527"
    assert notes.NEW_CDP == "0xd6be0bc178658a382ff4f91c8c68b542aa6b71685b8fe427966b87745c3ea7a2"
    assert notes.BARK == "0x85258d09e1e4ef299ff3fc11e74af99563f022d21f3f940db982229dc2a3358c"


def test_arguments_are_the_same_in_both_layouts() -> None:
    ours = _note(VAT, notes.FROB, ETH, URN, URN, URN, -5, 7)
    theirs = _note(JUG, notes.FILE_ILK_NUMBER, ETH, ilk_word("duty"), 9, caller=CALLER)
    assert [notes.signed_argument(ours, place) for place in (4, 5)] == [-5, 7]
    assert notes.argument(theirs, 2) == 9
    assert not notes.caller_is_first_topic(ours)
    assert notes.caller_is_first_topic(theirs)


def test_a_relied_address_is_taken_from_the_vat_alone() -> None:
    protocol = Maker()
    assert protocol.discover([_note(VAT, notes.RELY, JUG)]) == {JUG}
    assert protocol.discover([_note(JUG, notes.RELY, URN, caller=CALLER)]) == set()


def test_anybodys_hope_is_not_followed_where_the_managers_are_known() -> None:
    (mainnet,) = Maker().deployments(1)
    protocol = Maker()
    hopes = [_note(mainnet.entry, notes.HOPE, 1_000 + spam) for spam in range(1_000)]
    assert protocol.discover(hopes) == set()
    assert protocol.plan_facts(mainnet, hopes) == []
    assert protocol.discover([_note(VAT, notes.HOPE, CALLER)]) == {CALLER}


def test_a_frob_moves_vault_ilk_and_debt() -> None:
    deployment, draft = Deployment("made", "maker", VAT), Draft(Book())
    logs = [_note(VAT, notes.INIT, ETH), _note(VAT, notes.FROB, ETH, URN, URN, URN, 10, 3)]
    logs += [_note(VAT, notes.FOLD, ETH, URN, 10**26), _note(VAT, notes.FROB, ETH, URN, URN, URN, -4, -1)]
    Maker().apply_logs(deployment, logs, draft, {})
    vault = Entity("made", "ETH-A", account_key(URN, "ETH-A"))
    assert (draft.get(vault, "ink"), draft.get(vault, "art")) == (6, 2)
    assert draft.get(Entity("made", "ETH-A"), "rate") == 11 * 10**26
    assert draft.get(Entity("made"), "debt") == 2 * 11 * 10**26


@pytest.mark.parametrize(
    "log",
    [
        _note(VAT, notes.FROB, ETH, URN, URN, URN, 10, 3),
        _note(VAT, notes.GRAB, ETH, URN, URN, URN, -10, -3),
        _note(VAT, notes.FORK, ETH, URN, CALLER, 10, 3),
    ],
)
def test_a_vault_of_an_ilk_nobody_told_of_is_a_missed_log(log: Log) -> None:
    with pytest.raises(MissedLog, match="ETH-A"):
        Maker().apply_logs(Deployment("made", "maker", VAT), [log], Draft(Book()), {})


def test_anybody_may_fork_nothing_in_an_ilk_that_is_none() -> None:
    draft = Draft(Book())
    nothing = _note(VAT, notes.FORK, ETH, URN, CALLER, 0, 0)
    Maker().apply_logs(Deployment("made", "maker", VAT), [nothing], draft, {})
    assert not any(draft.number(change.entity, field) for change in draft.changes() for field in ("ink", "art"))


def test_names_of_ilks() -> None:
    assert ilk_name(int(ETH, 16)) == "ETH-A"
    assert ilk_of(account_key(URN, "ETH-A")) == "ETH-A"
    strange = "0x" + "ff01" * 16
    assert ilk_name(int(strange, 16)) == strange
    assert ilk_word(strange) == strange
    assert ilk_name(0) == "0x" + "0" * 64
    assert not is_contract("ETH-A")


def test_urns_of_a_manager_are_its_contracts_in_order() -> None:
    tape = recorded("chain.json.gz")
    manager = address(tape["addresses"]["manager"])
    cdps = tape["cdps"].values()
    assert {urn_address(manager, cdp): ilk for cdp, ilk, _ in cdps} == {urn: ilk for _, ilk, urn in cdps}
    mainnet = address("0x5ef30b9986345249bc32d8928B7ee64DE9435E39")
    assert len({urn_address(mainnet, cdp) for cdp in (1, 127, 128, 255, 256, 30_000)}) == 6
