"""The recorded chain of Maker, and what its contracts say about it."""

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

from eth_hash.auto import keccak

from indexer.words import Gate
from tests.protocols import happened
from tests.protocols.case import Decoder, Execution, TapeCase

_AMOUNTS = {"dink": "ink", "dart": "art", "due": "due", "tab": "tab", "top": "top", "coin": "coin"}
FORK = "0x" + keccak(b"fork(bytes32,address,address,int256,int256)")[:4].hex().ljust(64, "0")
_BARK = "Bark(bytes32,address,uint256,uint256,uint256,address,uint256)"
_NOT_UNSAFE = "Dog/not-unsafe"


class MakerCase(TapeCase):
    """Vaults are what `Vat.urns` answered; a liquidation is a `bark`, after `drip` and `poke` where it says so."""

    kept = frozenset(
        (
            *("listed", "join", "gem", "decimals", "price", "oracle", "current", "upcoming", "source", "feeds"),
            *("median", "ilk", "manager", "vaults"),
        )
    )
    """Tokens; the price named by the last poke; what only an oracle's logs tell; how many vaults a manager made."""
    truth_values_accounts = False
    """The Vat tells a vault's amounts whatever its spot; without one `bark` is disabled, and the state unknown."""
    refusals: Mapping[Gate, Collection[str]] = {
        Gate.NOT_LIQUIDATABLE: (_NOT_UNSAFE,),
        Gate.UNPRICED: (_NOT_UNSAFE,),
        Gate.LIQUIDATION_LIMIT: ("Dog/liquidation-limit-hit",),
        Gate.LEFTOVER: ("Dog/dusty-auction-from-partial-liquidation",),
        Gate.LIQUIDATION_STOPPED: ("Clipper/stopped-incorrect",),
        Gate.NO_LIQUIDATOR: ("",),
    }

    def happenings(self) -> Mapping[str, Decoder]:
        return {
            _BARK: happened.maker_bark,
            "Take(uint256,uint256,uint256,uint256,uint256,uint256,address)": happened.maker_take,
        }

    def ilk_of(self, clip: str) -> str:
        """The ilk of a Clipper, by the Barks that name both."""
        return next(event.topics[1] for event in self.logs(_BARK) if clip[2:] in event.data)

    def in_token(self, ilk: str, wad: int) -> int:
        """Collateral in the units of the token that the ilk's join takes, rounded up."""
        return -(-wad // int(10 ** (18 - self._decimals[ilk])))

    @cached_property
    def _decimals(self) -> dict[str, int]:
        told: dict[str, dict[str, int]] = {"ilk()": {}, "dec()": {}}
        for name, found in told.items():
            for block in self.tape.blocks:
                found.update((to, words[0]) for to, _, words in self.tape.asked(block.number, name) if words)
        return {f"0x{ilk:064x}": told["dec()"][join] for join, ilk in told["ilk()"].items() if join in told["dec()"]}

    def holders(self, number: int) -> set[str]:
        """Every urn and ilk of which the Vat answered anything but zeros."""
        found = set()
        for _, (ilk, urn), words in self.tape.asked(number, "urns(bytes32,address)"):
            if words is not None and any(words):
                found.add(f"0x{urn[24:]}/0x{ilk}")
        return found

    def is_still(self, market: str, asset: str) -> bool:
        """Collateral: nothing is paid for it."""
        del market
        return asset != self._dai

    def is_given(self, account: str, market: str, asset: str, *, debt: bool) -> bool:
        """What a `fork` moved to a vault."""
        del market, asset, debt
        return account in self._forked_to

    @cached_property
    def _dai(self) -> str:
        """The token of the Dai adapter, as that says itself."""
        last = self.tape.blocks[-1].number
        return next(f"0x{words[0]:040x}" for _, _, words in self.tape.asked(last, "dai()") if words)

    @cached_property
    def _forked_to(self) -> set[str]:
        """The keys in the Vat's notes of `fork(ilk, src, dst, dink, dart)`: topics are its first three arguments."""
        events = [event for block in self.tape.blocks for event in block.events]
        return {f"0x{event.topics[3][-40:]}/{event.topics[1]}" for event in events if event.topics[0] == FORK}

    def heals(self, market: str, field: str) -> bool:
        """Auctions stand in logs alone."""
        return "#" not in market and super().heals(market, field)

    def execution(self, record: Mapping[str, Any]) -> Execution | None:
        """Ours are the terms of a vault that is unsafe as stored, else those after `drip` and `poke`."""
        arguments, outcome = record["arguments"], record["outcome"]
        if bool(arguments["prepare"]) == arguments["unsafe_before"]:
            return None
        return Execution(
            number=record["block"],
            at=record["timestamp"],
            account=record["account"],
            ok=record["ok"],
            why=record["revert"] or "",
            amounts={ours: int(outcome[theirs]) for ours, theirs in _AMOUNTS.items() if theirs in outcome},
        )
