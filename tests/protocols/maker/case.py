"""The recorded chain of Maker, and what its contracts say about it."""

from collections.abc import Collection, Mapping
from typing import Any

from indexer.words import Gate
from tests.protocols.case import Execution, TapeCase

_AMOUNTS = {"dink": "ink", "dart": "art", "due": "due", "tab": "tab", "top": "top", "coin": "coin"}
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

    def holders(self, number: int) -> set[str]:
        """Every urn and ilk of which the Vat answered anything but zeros."""
        found = set()
        for _, (ilk, urn), words in self.tape.asked(number, "urns(bytes32,address)"):
            if words is not None and any(words):
                found.add(f"0x{urn[24:]}/0x{ilk}")
        return found

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
