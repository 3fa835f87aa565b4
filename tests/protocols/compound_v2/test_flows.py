"""Flows of Compound V2 on the recorded chain: what cTokens are worth in underlying, beside the contract's own rates."""

from collections.abc import Iterator

from eth_hash.auto import keccak

from indexer.abi import load_interface, word_of
from indexer.book import Draft
from indexer.evm import address
from indexer.protocols._interface import Flow, FlowKind
from indexer.protocols.compound_v2.rates_of_logs import EVERYTHING
from indexer.units import WAD
from tests.protocols.compound_v2.recorded import Playback, _logs, play
from tests.protocols.recording import bytes_of

CTOKEN = load_interface("compound_v2", "CToken")


def followed(*, read: bool) -> Iterator[tuple[Playback, list[Flow]]]:
    """Every block and what moved in it."""
    for state in play(read=read):
        logs = _logs(state, state.block)
        yield state, state.protocol.flows(state.deployment, logs, Draft(state.book))


def rate_said(state: Playback, market: str, function: str) -> int | None:
    """What a cToken answered; None where it reverted."""
    return word_of(bytes_of(state.block["calls"][f"{market}:0x{keccak(function.encode())[:4].hex()}"]))


def test_ctokens_that_left_are_worth_no_less_than_the_rate_says() -> None:
    """Seized ones to a unit of the exchange rate; those that were only sent, everything: nothing is known of them."""
    exact, unknown = 0, 0
    for state, moved in followed(read=False):
        sent: dict[tuple[str, str], list[int]] = {}
        for log in state.block["logs"]:
            if log["topics"][0] == CTOKEN.topic("Transfer") and log["address"].lower() != f"0x{log['topics'][1][-40:]}":
                sent.setdefault((log["transactionHash"], log["address"].lower()), []).append(int(log["data"], 16))
        redeemed = {log["transactionHash"] for log in state.block["logs"] if log["topics"][0] == CTOKEN.topic("Redeem")}
        for flow in moved:
            if flow.kind is not FlowKind.WITHDRAW or flow.transaction in redeemed:
                continue
            if flow.amount == EVERYTHING:
                unknown += 1
                continue
            rate = rate_said(state, flow.market, "exchangeRateStored()")
            assert rate is not None
            worth = [tokens * rate // WAD for tokens in sent[flow.transaction, flow.market]]
            assert any(0 <= flow.amount - one <= 2 + one // rate for one in worth), (flow, worth)
            exact += 1
    assert (exact, unknown) == (4, 4)


def test_a_redemption_is_told_once() -> None:
    """`Redeem` carries the underlying; the Transfer that brings the cTokens home is no flow beside it."""
    compared = 0
    for state, moved in followed(read=False):
        for log in state.block["logs"]:
            if log["topics"][0] == CTOKEN.topic("Redeem"):
                mine = [flow for flow in moved if flow.transaction == log["transactionHash"]]
                assert [(flow.kind, flow.amount) for flow in mine] == [
                    (FlowKind.WITHDRAW, int(log["data"][66:130], 16))
                ]
                compared += 1
    assert compared


def test_receipts_are_at_the_rate_that_redeeming_would_find() -> None:
    """`exchangeRateCurrent` of every listed cToken that has any, at the block; None where nothing can be told."""
    compared, untold = 0, 0
    for state, _ in followed(read=True):
        number, at = state.block["number"], state.block["timestamp"]
        view = state.protocol.view(state.deployment, state.book[state.deployment.name], "price", number)
        for one in view.receipts(at):
            said = rate_said(state, one.token, "exchangeRateCurrent()")
            fields = state.book[state.deployment.name].markets[one.market]
            assert one.denominator == WAD
            assert (one.token, one.asset) == (one.market, address(fields["asset"]))
            if one.numerator is None:
                assert said is None or not fields.get("total_supply") or fields.get("joins_pot")
                untold += 1
            else:
                assert one.numerator == said
                compared += 1
    assert compared
    assert untold
