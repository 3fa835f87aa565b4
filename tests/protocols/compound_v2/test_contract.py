"""Compound V2 passes the shared suite on the recorded chain."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import pytest

from indexer.words import Gate
from tests.protocols import happened
from tests.protocols.case import Case, Decoder, Execution, TapeCase
from tests.protocols.contract import ProtocolContract

NATIVE = "0x" + "ee" * 20
SUPPLIED, OWED = 1, 2
"""Where `getAccountSnapshot` says so."""
NO_SHORTFALL = {"Failure(3,18,3)", "LiquidateComptrollerRejection(3)", "liquidateBorrow failed (03)"}
NO_PRICE = {"Failure(3,18,13)", "LiquidateComptrollerRejection(13)", "liquidateBorrow failed (03)"}


class CompoundCase(TapeCase):
    """Sixty blocks of all generations; everything anybody did or tried is on the tape."""

    kept = frozenset({"listed", "asset", "decimals", "implementation"})
    untold = frozenset({"debt", "interest_index"})
    refusals = {  # noqa: RUF012
        Gate.NOT_LIQUIDATABLE: NO_SHORTFALL,
        Gate.UNPRICED: NO_PRICE,
        Gate.RESERVE_PAUSED: {"seize is paused", *NO_SHORTFALL},
    }

    def happenings(self) -> Mapping[str, Decoder]:
        return {"LiquidateBorrow(address,address,uint256,address,uint256)": happened.compound_liquidate}

    def underlying(self, address: str) -> str:
        """The cToken's own word; cETH has none."""
        return self._underlyings.get(address, NATIVE)

    @cached_property
    def _underlyings(self) -> dict[str, str]:
        numbers = (block.number for block in self.tape.blocks)
        asked = (found for number in numbers for found in self.tape.asked(number, "underlying()"))
        return {to: f"0x{words[0]:040x}" for to, _, words in asked if words}

    def holders(self, number: int) -> set[str]:
        """Whom a cToken says to hold or owe something, cTokens themselves too."""
        asked = self.tape.asked(number, "getAccountSnapshot(address)")
        return {"0x" + words[0][24:] for _, words, said in asked if said and (said[SUPPLIED] or said[OWED])}

    def is_given(self, account: str, market: str, asset: str, *, debt: bool) -> bool:
        """cTokens that somebody sent, or that were seized."""
        del market, asset
        return not debt and account in self._sent_to

    @cached_property
    def _sent_to(self) -> set[str]:
        return {f"0x{event.topics[2][-40:]}" for event in self.logs("Transfer(address,address,uint256)")
                if int(event.topics[1], 16) != int(event.address, 16)}  # fmt: skip

    def liquidatable(self, said: Mapping[str, int]) -> bool:
        """A shortfall says so."""
        return said["shortfall"] > 0

    def forced(self, said: Mapping[str, int]) -> bool:
        """A market may be deprecated: `isDeprecated` is compared on its own."""
        del said
        return True

    def failed(self, said: Mapping[str, int]) -> bool:
        """PRICE_ERROR and its like."""
        return said["error"] != 0

    def execution(self, record: Mapping[str, Any]) -> Execution | None:
        """Only those that asked for the most the contract takes."""
        return super().execution(record) if record["arguments"]["is_most"] else None

    def pair(self, arguments: Mapping[str, Any]) -> tuple[str, str]:
        """Underlying and cToken."""
        return arguments["debt_asset"], arguments["collateral"]


@pytest.fixture(scope="module")
def case() -> Case:
    """The recorded chain."""
    return CompoundCase.golden("compound_v2")


class TestContract(ProtocolContract):
    """All of it."""
