"""The recorded chain through the adapter, against what only Maker can be asked: `bark` itself, owners, OSM values.

A view shows the book it was made of, which moves on: everything is compared while the block is the last one.
"""

from collections import Counter
from dataclasses import dataclass, field

import pytest
from eth_hash.auto import keccak

from indexer.evm import ZERO_ADDRESS, Address
from indexer.protocols.maker import notes
from indexer.protocols.maker.interfaces import ilk_word, urn_of
from indexer.protocols.maker.state import Oracle
from indexer.units import WAD
from indexer.words import Gate, Health, LiquidationKind, State
from tests.protocols.maker.golden import recorded
from tests.protocols.maker.replay import Moment, moments
from tests.protocols.tape import NEXT_S

WATCH = 105 * WAD // 100
LIQUIDATED = (State.LIQUIDATABLE, State.BAD_DEBT)
_WORD = 64


@dataclass
class Seen:
    """What one pass over the chain found."""

    barks: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    steps: list[tuple[int | None, int]] = field(default_factory=list)
    """What an oracle's next value was said to be, and the one it then logged."""
    health: dict[tuple[int, str], Health] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, object] = field(default_factory=dict)


@pytest.fixture(scope="module")
def seen() -> Seen:
    """Every block of the chain, judged as it was followed."""
    out = Seen()
    oracles: dict[Address, Oracle] = {}
    for moment in moments():
        _compare_barks(moment, out)
        oracles = _compare_oracles(moment, oracles, out)
        for key in moment.view.accounts():
            out.health[moment.number, key] = moment.view.health(key, moment.timestamp, WATCH)
            out.owners[key] = moment.view.identify(key).owner
        out.kinds = {row.market: row.facts["kind"] for row in moment.view.markets(moment.timestamp)}
    return out


def _bark_call(dog: str, key: str) -> str:
    selector = keccak(b"bark(bytes32,address,address)")[:4].hex()
    words = (key.partition("/")[2][2:], urn_of(key)[2:].rjust(_WORD, "0"), ZERO_ADDRESS[2:].rjust(_WORD, "0"))
    return f"{dog}:0x{selector}{''.join(words)}"


def _compare_barks(moment: Moment, out: Seen) -> None:
    """`bark` was called for every vault with debt, at the block and at the next one's time: it went or did not."""
    dog = recorded("chain.json.gz")["addresses"]["dog"]
    for key in moment.view.accounts():
        if not moment.view.owes(key):
            continue
        for seconds, said in ((0, moment.said), (NEXT_S, moment.said_next)):
            went = said[_bark_call(dog, key)] is not None
            at = moment.timestamp + seconds
            (terms,) = moment.view.liquidation(key, at)
            ours = terms.allowed and not terms.details["drip_and_poke_first"]
            state = moment.view.health(key, at, WATCH).state
            out.barks[f"{state} {'went' if went else 'refused'}"] += 1
            if ours != went or (went and state not in LIQUIDATED):
                out.wrong.append(f"block {moment.number} + {seconds} s {key}: {state}, {terms}, it went: {went}")
            if terms.kind is not LiquidationKind.AUCTION:
                out.wrong.append(f"{key}: {terms.kind}")


def _compare_oracles(moment: Moment, before: dict[Address, Oracle], out: Seen) -> dict[Address, Oracle]:
    for log in moment.logs:
        if log.topics[0] == notes.LOG_VALUE and log.address in before:
            out.steps.append((before[log.address].upcoming, int(log.data, 16)))
    found = (ilk.oracle for ilk in moment.view._ilks.values())
    return {oracle.address: oracle for oracle in found if oracle is not None}


def test_bark_goes_where_we_say_so(seen: Seen) -> None:
    assert seen.wrong == []
    assert seen.barks["liquidatable went"] >= 100
    assert seen.barks["liquidatable refused"] >= 20
    assert seen.barks["bad_debt went"] + seen.barks["bad_debt refused"] >= 1
    assert seen.barks["healthy refused"] >= 100
    assert seen.barks["unknown refused"] >= 1
    assert seen.barks["unknown went"] == 0


def test_the_next_value_of_an_oracle_is_known_an_hour_before(seen: Seen) -> None:
    known = [(said, logged) for said, logged in seen.steps if said is not None]
    assert [said for said, _ in known] == [logged for _, logged in known]
    assert len(known) >= 10


def test_vaults_are_owned_through_managers_and_proxies(seen: Seen) -> None:
    tape = recorded("chain.json.gz")
    people, cdps, urns = tape["people"], tape["cdps"], tape["urns"]

    def owner(vault: str, ilk: str) -> str:
        return seen.owners[f"{urns[vault]}/{ilk_word(ilk)}"]

    assert owner("frank1", "ETH-A") == people["frank"]  # a proxy's owner
    assert owner("grace1", "USDC-A") == people["judy"]  # the proxy changed hands
    assert owner("erin1", "WBTC-A") == people["heidi"]  # given to heidi's proxy
    assert owner("alice", "ETH-A") == people["alice"]  # an urn of her own
    assert len(cdps) >= len(("dave1", "erin1", "frank1", "grace1", "dave2", "heidi1"))


def test_a_vault_without_a_spot_is_unknown(seen: Seen) -> None:
    unpriced = [health for health in seen.health.values() if health.state is State.UNKNOWN]
    assert unpriced
    assert {str(health.reason) for health in unpriced} == {"unpriced"}


def test_equality_is_healthy(seen: Seen) -> None:
    """A vault drawn to the last unit of its spot has a factor of at least 1, and `bark` refuses it."""
    safe = [factor for h in seen.health.values() if (factor := h.health_factor_wad) is not None and factor >= WAD]
    assert min(safe) < WAD + WAD // 10**9


def test_what_is_no_users_vault_is_kept_and_named(seen: Seen) -> None:
    assert seen.kinds["RWA001-A"] == "real_world_assets"
    assert seen.kinds["ETH-A"] == "vault"
    assert any(key.endswith(ilk_word("RWA001-A")) for _, key in seen.health)


def test_a_vault_can_be_liquidatable_only_after_drip_and_poke(seen: Seen) -> None:
    waiting = [health for health in seen.health.values() if health.liquidatable_after_accrual]
    assert any(health.state in (State.HEALTHY, State.AT_RISK) for health in waiting)


def test_every_gate_of_the_chain_is_one_of_ours() -> None:
    """What the recorded refusals say is what our gates can say."""
    texts = {record["revert"] for record in recorded("chain.json.gz")["liquidations"] if not record["ok"]}
    assert texts <= {
        "Dog/not-unsafe",
        "Dog/liquidation-limit-hit",
        "Dog/dusty-auction-from-partial-liquidation",
        "Clipper/stopped-incorrect",
    }
    assert Gate.LIQUIDATION_LIMIT.value == "liquidation_limit"
