"""Upgrades: what a new implementation's immutables change, add, drop; what is no Comet."""

from indexer.book import Draft, Entity
from indexer.evm import Address, Log, address
from indexer.protocols.compound_v3 import block_logs, configuration
from indexer.protocols.compound_v3.interfaces import COMET
from indexer.units import WAD
from indexer.words import Reason
from tests.protocols.compound_v3.tape import NAMES, Replay

OWN = Entity("comet")


def upgraded() -> tuple[Replay, list[Address]]:
    """A follower once somebody holds the fourth asset, and the implementations the proxy had, oldest first."""
    replay, seen = Replay(NAMES[0]), list[Address]()
    for block in replay.blocks():
        upgrades = [log for log in block["logs"] if log["topics"][0] == COMET.topic("Upgraded")]
        seen += [address("0x" + log["topics"][1][-40:]) for log in upgrades]
        if any(fields.get("offset") == 3 and fields.get("total") for fields in replay.book["comet"].markets.values()):
            break
    return replay, seen


def test_an_upgrade_changes_factors_and_adds_an_asset() -> None:
    replay = Replay(NAMES[0])
    before: dict[str, dict[str, int]] = {}
    after: dict[str, dict[str, int]] = {}
    for block in replay.blocks():
        markets = replay.book["comet"].markets
        if any(log["topics"][0] == COMET.topic("Upgraded") for log in block["logs"]) and before and not after:
            after = {name: dict(fields) for name, fields in markets.items() if "offset" in fields}
        elif not after:
            before = {name: dict(fields) for name, fields in markets.items() if "offset" in fields}
    assert len(after) == len(before) + 1
    changed = {name for name in before if before[name]["liquidate_factor"] != after[name]["liquidate_factor"]}
    assert len(changed) == 2
    assert {fields["offset"] for fields in after.values()} == {0, 1, 2, 3}


def test_an_upgrade_back_drops_the_asset_and_its_price() -> None:
    replay, implementations = upgraded()
    first = implementations[0]
    calls = configuration.calls(first)
    answers = dict(zip(calls, replay.answers(calls, replay.block["calls"]), strict=True))
    draft = Draft(replay.book)
    listed = {where.market for where in configuration.assets(replay.deployment, draft)}
    configuration.apply(replay.deployment, draft, first, answers)
    left = {where.market for where in configuration.assets(replay.deployment, draft)}
    dropped = Entity("comet", (listed - left).pop())
    assert len(left) == 3
    assert draft.get(dropped, "offset") is None
    assert draft.get(dropped, "price") is None
    assert draft.get(dropped, "total")  # what is in the Comet stays there
    holder = next(e.account for e, f, v in replay.book.items() if e.market == dropped.market and f == "supply" and v)
    replay.book.apply(draft.changes())
    row = next(
        row for row in replay.view().positions(holder, replay.block["timestamp"]) if row.market == dropped.market
    )
    assert (row.is_collateral, row.supplied_value) == (False, None)


def test_what_is_no_comet_leaves_no_configuration() -> None:
    replay, implementations = upgraded()
    other = implementations[0]
    draft = Draft(replay.book)
    configuration.apply(replay.deployment, draft, other, dict.fromkeys(configuration.calls(other)))
    assert not configuration.is_known(replay.deployment, draft)
    assert set(configuration.calls(replay.deployment.entry)) <= set(
        replay.protocol.plan_reads(replay.deployment, draft).now
    )


def test_other_scales_are_another_revision() -> None:
    replay, _ = upgraded()
    key, at = next(replay.view().accounts()), replay.block["timestamp"]
    for field, value in (("index_scale", 10**18), ("price_scale", 10**18), ("max_assets", 25)):
        kept = replay.book["comet"].own[field]
        replay.book.set(OWN, field, value)
        view = replay.view()
        assert not view.supported
        assert view.health(key, at, WAD).reason is Reason.UNSUPPORTED_REVISION
        replay.book.set(OWN, field, kept)
    assert replay.view().supported


def test_absorbing_clears_the_bits_of_dropped_assets_too() -> None:
    """`absorbInternal` sets assetsIn to zero; the balance of an asset that is not listed any more stays."""
    replay, _ = upgraded()
    where = Entity("comet", "", next(key for key in replay.view().accounts() if replay.view().owes(key)))
    draft = Draft(replay.book)
    draft.set(where, "assets_in", 1 << 23)
    event = COMET.events["AbsorbDebt"]
    topics = (event.topic, "0x" + "00" * 32, "0x" + where.account[2:].rjust(64, "0"))
    log = Log(replay.deployment.entry, topics, "0x" + "00" * 64, 1, "0x", "0x", 0)
    block_logs.apply_logs(replay.deployment, [log], draft, {})
    assert draft.get(where, "assets_in") is None
