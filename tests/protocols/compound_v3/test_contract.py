"""Comet passes the shared suite, on both recorded lives: a dollar market, and one priced in its own base token."""

from collections.abc import Mapping
from typing import Any

import pytest

from indexer.abi import signed
from indexer.words import Gate
from tests.protocols.case import Case, Execution, TapeCase
from tests.protocols.contract import ProtocolContract


class CometCase(TapeCase):
    """A recorded Comet; absorptions of several accounts at once are compared in `test_tape`."""

    kept = frozenset({"scale"})
    refusals = {Gate.RESERVE_PAUSED: ("Paused",), Gate.NOT_LIQUIDATABLE: ("NotLiquidatable",)}  # noqa: RUF012

    def holders(self, number: int) -> set[str]:
        found = set()
        for _, arguments, words in self.tape.asked(number, "userBasic(address)"):
            if words is not None and signed(words[0]):
                found.add(f"0x{arguments[0][24:]}")
        for _, arguments, words in self.tape.asked(number, "userCollateral(address,address)"):
            if words is not None and words[0]:
                found.add(f"0x{arguments[0][24:]}")
        return found

    def liquidatable(self, said: Mapping[str, int]) -> bool:
        return bool(said["is_liquidatable"])

    def execution(self, record: Mapping[str, Any]) -> Execution | None:
        if len(record["arguments"]["accounts"]) > 1:
            return None
        amounts: dict[str, int] = {}
        if outcome := record["outcome"]:
            amounts = {
                "max_debt_to_cover": 0,
                "collateral_to_liquidator": 0,
                "base_paid_out": outcome["repaid"],
                "value_paid_out": outcome["debt_usd_value"],
                "leftover": outcome["transfer"],
                "leftover_principal": outcome["principal"],
                **{f"seized_{asset}": amount for asset, amount in outcome["seized"].items()},
                **{f"seized_value_{asset}": value for asset, value in outcome["collateral_usd_value"].items()},
            }
        return Execution(
            number=record["block"],
            at=record["timestamp"],
            account=record["account"],
            ok=record["ok"],
            why=record["revert"] or "",
            amounts=amounts,
        )


@pytest.fixture(scope="module", params=["chain.json.gz", "chain_weth.json.gz"])
def case(request: pytest.FixtureRequest) -> Case:
    return CometCase.golden("compound_v3", request.param)


class TestContract(ProtocolContract):
    pass
