"""Pond on its tape: what the shared suite needs to know of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from eth_abi.abi import decode

from tests.json_rpc import Event
from tests.protocols.case import Decoder, TapeCase
from tests.protocols.toy.pond_contract import COIN


class PondCase(TapeCase):
    """Holders by `sharesOf` and `collateralOf`; the two may name other words than ours for a refusal."""

    kept = frozenset({"factor", "rate"})

    def happenings(self) -> Mapping[str, Decoder]:
        return {"Liquidated(address,address,address,uint256,uint256)": liquidated}

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


def liquidated(events: Sequence[Event], at: int, case: Any) -> dict[str, Any]:
    """A Liquidated, which says all of it."""
    del case
    repaid, seized = decode(["uint256", "uint256"], bytes.fromhex(events[at].data[2:]))
    account, token, liquidator = ("0x" + topic[-40:] for topic in events[at].topics[1:])
    return {"account": account, "liquidator": liquidator, "debt_asset": COIN, "debt_repaid": repaid, "bad_debt": 0,
            "collateral_asset": token, "collateral_seized": seized, "kind": "fixed_bonus"}  # fmt: skip
