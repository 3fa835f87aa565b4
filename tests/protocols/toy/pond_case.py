"""Pond on its tape: what the shared suite needs to know of it."""

from collections.abc import Mapping
from typing import Any

from tests.protocols.case import TapeCase
from tests.protocols.toy.pond_contract import COIN


class PondCase(TapeCase):
    """Holders by `sharesOf` and `collateralOf`; the two may name other words than ours for a refusal."""

    kept = frozenset({"factor", "rate"})

    def holders(self, number: int) -> set[str]:
        asked = (*self.tape.asked(number, "sharesOf(address)"),
                 *self.tape.asked(number, "collateralOf(address,address)"))  # fmt: skip
        return {"0x" + arguments[0][24:] for _, arguments, words in asked if words and words[0]}

    def is_still(self, market: str, asset: str) -> bool:
        del asset
        return market != COIN

    def pair(self, arguments: Mapping[str, Any]) -> tuple[str, str]:
        return COIN, arguments["token"]

    def liquidatable(self, said: Mapping[str, int]) -> bool:
        return said["weighted"] < said["debt"]
