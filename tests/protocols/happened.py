"""The shared suite's check of what was liquidated: our rows beside the same logs decoded by eth-abi alone."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eth_abi.abi import decode
from eth_hash.auto import keccak

from indexer.protocols._interface import Liquidation
from indexer.risk import watch
from indexer.store import LiquidationFilters, LiquidationRecord
from tests.json_rpc import Event
from tests.protocols.case import Case, Decoder
from tests.protocols.following import Following

WAD, RAY = 10**18, 10**27
Row = dict[str, Any]
"""Fields of a `Liquidation` that the logs tell, by name; `fee_within`: how many units the fee may be off."""


def equal_to_the_logs(case: Case, live: Following) -> Counter[str]:
    """Every row of the store is what an independent decode of its log says, and no log is without its row."""
    theirs, ours = dict(told(case)), {one.key: one for one in liquidated(live)}
    missed, invented = sorted(theirs.keys() - ours.keys()), sorted(ours.keys() - theirs.keys())
    assert (missed, invented) == ([], []), f"we miss {missed[:3]}, we invent {[ours[key] for key in invented[:3]]}"
    for key, row in theirs.items():
        found = ours[key]
        assert found.block_timestamp == live.ref(key[0]).timestamp
        _compare(key, row, found.what)
    assert len(theirs) >= case.least_liquidated, "nobody was liquidated on this chain"
    return Counter(one.what.kind.value for one in ours.values())


def liquidated(live: Following, until: int | None = None) -> list[LiquidationRecord]:
    """What the store holds of the deployment, newest first."""
    return live.store.liquidations(LiquidationFilters(deployment=live.deployment.name, until_block=until))


def without_watch(records: Sequence[LiquidationRecord]) -> list[tuple[int, int, Liquidation]]:
    """What logs say of them: not since when the account could be liquidated, which only following knows."""
    return [(one.block_number, one.block_timestamp, one.what) for one in records]


def watched_as_it_was(case: Case, live: Following) -> int:
    """Since when everybody could be liquidated, by the exact health of every account; how many blocks were looked at.

    Each block follows from the one before it: on a long chain some are enough.
    """
    numbers = [n for n in case.numbers()[1:] if (block := live.store.block(n)) is not None and block.complete]
    looked_at = numbers if case.every == 1 else numbers[-3:]
    for number in looked_at:
        before, after = (_watched(live, at) for at in (number - 1, number))
        for record in liquidated(live):
            if record.block_number == number:
                assert record.liquidatable_since == before.get(record.what.account), f"liquidation {record.key}"
        view, at = live.view(number), live.ref(number).timestamp
        for account in {*view.accounts(), *before, *after}:
            verdict = watch.is_liquidatable(view.health(account, at, WAD))
            was = before.get(account)
            expected = was if verdict is None else (number if was is None else was) if verdict else None
            assert after.get(account) == expected, f"block {number}: {account} since {after.get(account)}, was {was}"
    assert looked_at, "no block was followed"
    return len(looked_at)


def _watched(live: Following, number: int) -> dict[str, int]:
    book, name = live.book_at(number), live.deployment.name
    kept = {account: watch.since(book, name, account) for account in book[watch.DEPLOYMENT].accounts}
    return {account: since for account, since in kept.items() if since is not None}


def told(case: Case) -> Iterator[tuple[tuple[int, int], Row]]:
    """(block, log index) and row of every log of the chain that says something of a liquidation."""
    decoders = {topic(signature): decoder for signature, decoder in case.happenings().items()}
    for block in case.chain.blocks:
        events = sorted(block.events, key=lambda event: event.index)
        for at, event in enumerate(events):
            decoder = decoders.get(event.topics[0]) if event.topics and case.is_own(event.address) else None
            row = None if decoder is None else decoder(events, at, case)
            if row is not None:
                yield (block.number, event.index), row


def topic(signature: str) -> str:
    """The topic0 of an event."""
    return "0x" + keccak(signature.encode()).hex()


def words(types: Sequence[str], event: Event) -> tuple[Any, ...]:
    """The data of a log, decoded."""
    return decode(list(types), bytes.fromhex(event.data[2:]))


def who(event: Event, position: int) -> str:
    """The address in a topic."""
    return "0x" + event.topics[position][-40:]


def _compare(key: tuple[int, int], row: Mapping[str, Any], ours: Liquidation) -> None:
    within = row.get("fee_within", 0)
    for name, value in row.items():
        if name == "fee_within":
            continue
        found = getattr(ours, name)
        if name in ("protocol_fee", "collateral_seized") and within and value is not None:
            assert abs(found - value) <= within, f"{key}: {name} is {found}, the logs say {value}"
        else:
            assert found == value, f"{key}: {name} is {found}, the logs say {value}"
    assert (ours.log_index, ours.owner[:2]) == (key[1], "0x")


# Aave

TRANSFER = topic("Transfer(address,address,uint256)")
AAVE_CALL = "LiquidationCall(address,address,address,uint256,uint256,address,bool)"
AAVE_DEFICIT = "DeficitCreated(address,address,uint256)"


def _call_before(events: Sequence[Event], at: int) -> list[Event]:
    """The logs of the same call: those of the transaction since the last LiquidationCall."""
    found: list[Event] = []
    for event in reversed(events[:at]):
        if event.transaction != events[at].transaction or event.topics[0] == topic(AAVE_CALL):
            break
        found.append(event)
    return found[::-1]


def aave_v2_call(events: Sequence[Event], at: int, case: Any) -> Row:
    """A LiquidationCall of V2."""
    del case
    event = events[at]
    repaid, seized, liquidator, _ = words(("uint256", "uint256", "address", "bool"), event)
    return {"account": who(event, 3), "liquidator": liquidator.lower(), "debt_asset": who(event, 2),
            "debt_repaid": repaid, "collateral_asset": who(event, 1), "collateral_seized": seized, "bad_debt": 0,
            "protocol_fee": 0, "kind": "fixed_bonus"}  # fmt: skip


def aave_v3_call(treasuries: Mapping[str, str]) -> Decoder:
    """A LiquidationCall of V3; the fee is what the aToken (by reserve, with its treasury) says it sent there."""

    def decoder(events: Sequence[Event], at: int, case: Any) -> Row:
        row, before = aave_v2_call(events, at, case), _call_before(events, at)
        atoken, treasury = treasuries[row["collateral_asset"]].split()
        fees = [words(("uint256",), event)[0] for event in before
                if event.address == atoken and event.topics[0] == TRANSFER
                and (who(event, 1), who(event, 2)) == (row["account"], treasury)]  # fmt: skip
        written_off = [words(("uint256",), event)[0] for event in before
                       if event.topics[0] == topic(AAVE_DEFICIT)
                       and (who(event, 1), who(event, 2)) == (row["account"], row["debt_asset"])]  # fmt: skip
        return row | {"collateral_seized": row["collateral_seized"] + sum(fees[-1:]), "protocol_fee": sum(fees[-1:]),
                      "bad_debt": sum(written_off), "fee_within": 2 if fees else 0}  # fmt: skip

    return decoder


def aave_deficit(events: Sequence[Event], at: int, case: Any) -> Row | None:
    """A DeficitCreated of another reserve than the one that is being liquidated."""
    del case
    event = events[at]
    call = next(after for after in events[at:] if after.topics[0] == topic(AAVE_CALL))
    if who(call, 2) == who(event, 2):
        return None
    return {"account": who(event, 1), "debt_asset": who(event, 2), "debt_repaid": 0, "kind": "write_off",
            "bad_debt": words(("uint256",), event)[0], "collateral_asset": None, "collateral_seized": None}  # fmt: skip


# Compound


def compound_liquidate(events: Sequence[Event], at: int, case: Any) -> Row:
    """A LiquidateBorrow whose five values all stand in the data."""
    liquidator, borrower, repaid, ctoken, tokens = words(
        ("address", "address", "uint256", "address", "uint256"), events[at]
    )
    row = {"account": borrower, "liquidator": liquidator, "debt_repaid": repaid, "receipt_asset": ctoken,
           "receipt_seized": tokens, "bad_debt": 0, "kind": "fixed_bonus",
           "debt_asset": case.underlying(events[at].address), "collateral_asset": case.underlying(ctoken)}  # fmt: skip
    moved, taken = (events[at - 2], events[at - 1]) if at > 1 else (events[at], events[at])
    if taken.topics[0] != topic("ReservesAdded(address,uint256,uint256)") or taken.address != ctoken:
        return row | {"protocol_fee": None, "collateral_seized": None}
    _, fee, _ = words(("address", "uint256", "uint256"), taken)
    part = words(("uint256",), moved)[0]
    return row | {"protocol_fee": fee, "collateral_seized": fee * tokens // part if part else None}


def venus_liquidate(events: Sequence[Event], at: int, case: Any) -> Row:
    """A LiquidateBorrow of Venus: three values are indexed, and the protocol's part is burnt."""
    repaid, tokens = words(("uint256", "uint256"), events[at])
    liquidator, borrower, vtoken = (who(events[at], position) for position in (1, 2, 3))
    taken = next(e for e in reversed(events[:at]) if e.topics[0] == topic("ProtocolSeize(address,address,uint256)"))
    moved = next(e for e in reversed(events[:at])
                 if e.address == vtoken and e.topics[0] == TRANSFER and who(e, 1) == borrower)  # fmt: skip
    fee, got = words(("uint256",), taken)[0], words(("uint256",), moved)[0]
    return {"account": borrower, "liquidator": liquidator, "debt_repaid": repaid, "receipt_asset": vtoken,
            "receipt_seized": tokens, "protocol_fee": fee, "kind": "fixed_bonus", "bad_debt": 0,
            "debt_asset": case.underlying(events[at].address), "collateral_asset": case.underlying(vtoken),
            "collateral_seized": fee * tokens // (tokens - got) if tokens > got else None}  # fmt: skip


def venus_heal(events: Sequence[Event], at: int, case: Any) -> Row:
    """A HealBorrow, and the BadDebtIncreased of the same vToken before it."""
    event, before = events[at], events[at - 1]
    grown = before.topics[0] == topic("BadDebtIncreased(address,uint256,uint256,uint256)")
    written_off = words(("uint256",) * 3, before)[0] if grown and before.address == event.address else 0
    return {"account": who(event, 2), "liquidator": who(event, 1), "debt_repaid": words(("uint256",), event)[0],
            "bad_debt": written_off, "debt_asset": case.underlying(event.address), "kind": "whole_account",
            "collateral_asset": None}  # fmt: skip


def venus_seize(events: Sequence[Event], at: int, case: Any) -> Row | None:
    """A ProtocolSeize after which no LiquidateBorrow comes: of a healed account."""
    event = events[at]
    following = (after for after in events[at + 1 :] if after.transaction == event.transaction)
    ends = (topic("LiquidateBorrow(address,address,uint256,address,uint256)"),
            topic("HealBorrow(address,address,uint256)"))  # fmt: skip
    if next((after.topics[0] for after in following if after.topics[0] in ends), None) == ends[0]:
        return None
    return {"account": who(event, 1), "protocol_fee": words(("uint256",), event)[0], "receipt_asset": event.address,
            "collateral_asset": case.underlying(event.address), "collateral_seized": None, "debt_asset": None,
            "kind": "whole_account"}  # fmt: skip


# Comet


def comet_collateral(events: Sequence[Event], at: int, case: Any) -> Row:
    """An AbsorbCollateral."""
    del case
    event = events[at]
    amount, _ = words(("uint256", "uint256"), event)
    return {"liquidator": who(event, 1), "account": who(event, 2), "collateral_asset": who(event, 3),
            "collateral_seized": amount, "debt_asset": None, "kind": "absorption"}  # fmt: skip


def comet_debt(events: Sequence[Event], at: int, case: Any) -> Row:
    """An AbsorbDebt, with the AbsorbCollaterals before it and the Transfer that may follow."""
    event, worth = events[at], 0
    for before in reversed(events[:at]):
        if before.topics[0] != topic("AbsorbCollateral(address,address,address,uint256,uint256)"):
            break
        worth += words(("uint256", "uint256"), before)[1]
    paid_out, paid = words(("uint256", "uint256"), event)
    after = events[at + 1] if at + 1 < len(events) else None
    minted = (
        after is not None
        and after.topics[0] == TRANSFER
        and (who(after, 1), who(after, 2)) == ("0x" + "00" * 20, who(event, 2))
    )
    left_over = words(("uint256",), after)[0] if minted and after is not None and after.address == event.address else 0
    return {"liquidator": who(event, 1), "account": who(event, 2), "debt_repaid": paid_out - left_over,
            "debt_asset": case.underlying(event.address), "collateral_asset": None, "kind": "absorption",
            "bad_debt": paid_out * (paid - worth) // paid if paid > worth else 0}  # fmt: skip


# Morpho


def morpho_liquidate(events: Sequence[Event], at: int, case: Any) -> Row:
    """A Liquidate."""
    del case
    event = events[at]
    repaid, _, seized, bad_debt, _ = words(("uint256",) * 5, event)
    return {"account": f"{who(event, 3)}/{event.topics[1]}", "market": event.topics[1], "owner": who(event, 3),
            "liquidator": who(event, 2), "debt_repaid": repaid, "collateral_seized": seized, "bad_debt": bad_debt,
            "kind": "fixed_bonus", "protocol_fee": 0}  # fmt: skip


# Maker


def maker_bark(events: Sequence[Event], at: int, case: Any) -> Row:
    """A Bark of the Dog; the Kick of the Clipper before it names the keeper."""
    event = events[at]
    ink, _, due, clip = words(("uint256", "uint256", "uint256", "address"), event)
    kick = next(e for e in reversed(events[:at]) if e.address == clip and e.topics[0] == MAKER_KICK)
    return {"account": f"{who(event, 2)}/{event.topics[1]}", "debt_repaid": -(-due // RAY), "bad_debt": 0,
            "collateral_seized": case.in_token(event.topics[1], ink), "liquidator": who(kick, 3), "kind": "auction",
            "auction": f"{clip}#{int(event.topics[3], 16)}"}  # fmt: skip


def maker_take(events: Sequence[Event], at: int, case: Any) -> Row:
    """A Take of a Clipper."""
    event = events[at]
    _, price, owe, tab, lot = words(("uint256",) * 5, event)
    ilk = case.ilk_of(event.address)
    return {"account": f"{who(event, 2)}/{ilk}", "debt_repaid": -(-owe // RAY), "liquidator": None,
            "collateral_seized": case.in_token(ilk, owe // price), "bad_debt": None if not lot and tab else 0,
            "auction": f"{event.address}#{int(event.topics[1], 16)}", "kind": "auction_sale"}  # fmt: skip


MAKER_KICK = topic("Kick(uint256,uint256,uint256,uint256,address,address,uint256)")
