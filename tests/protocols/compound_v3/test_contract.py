"""Comet passes the shared suite, on both recorded lives: a dollar market, and one priced in its own base token."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import pytest

from indexer.abi import signed, topic_of
from indexer.words import Gate
from tests.protocols import happened
from tests.protocols.case import Case, Decoder, Execution, TapeCase
from tests.protocols.contract import ProtocolContract


def _address(word: str) -> str:
    return f"0x{word[-40:]}"


class CometCase(TapeCase):
    """A recorded Comet; absorptions of several accounts at once are compared in `test_tape`."""

    kept = frozenset({"scale"})
    refusals = {Gate.RESERVE_PAUSED: ("Paused",), Gate.NOT_LIQUIDATABLE: ("NotLiquidatable",)}  # noqa: RUF012

    def happenings(self) -> Mapping[str, Decoder]:
        return {
            "AbsorbCollateral(address,address,address,uint256,uint256)": happened.comet_collateral,
            "AbsorbDebt(address,address,uint256,uint256)": happened.comet_debt,
        }

    def underlying(self, address: str) -> str:
        """The base token."""
        del address
        return next(iter(self._bases))

    def holders(self, number: int) -> set[str]:
        found = set()
        for _, arguments, words in self.tape.asked(number, "userBasic(address)"):
            if words is not None and signed(words[0]):
                found.add(f"0x{arguments[0][24:]}")
        for _, arguments, words in self.tape.asked(number, "userCollateral(address,address)"):
            if words is not None and words[0]:
                found.add(f"0x{arguments[0][24:]}")
        return found

    def is_still(self, market: str, asset: str) -> bool:
        """Collateral: of the base token there are two indices."""
        del asset
        return market not in self._bases

    def is_given(self, account: str, market: str, asset: str, *, debt: bool) -> bool:
        """Collateral that was sent; base that was, or was left over by an absorption; a debt that base was sent on."""
        del asset
        if market not in self._bases:
            return account in self._collateral_sent_to
        return account in (self._silently[0] if debt else self._base_sent_to)

    def is_released(self, account: str, market: str) -> bool:
        """Base that was sent to a debtor repays him, and no log names him."""
        return market in self._bases and account in self._silently[1]

    @cached_property
    def _bases(self) -> set[str]:
        last = self.tape.blocks[-1].number
        return {f"0x{words[0]:040x}" for _, _, words in self.tape.asked(last, "baseToken()") if words}

    @cached_property
    def _collateral_sent_to(self) -> set[str]:
        return {_address(event.topics[2]) for event in self.logs("TransferCollateral(address,address,address,uint256)")}

    @cached_property
    def _base_sent_to(self) -> set[str]:
        """Whom base was minted to by anything but a supply of his, which is the log before."""
        supplies = {(event.transaction, event.index) for event in self.logs("Supply(address,address,uint256)")}
        return {_address(event.topics[2]) for event in self.logs("Transfer(address,address,uint256)")
                if (event.transaction, event.index - 1) not in supplies}  # fmt: skip

    @cached_property
    def _silently(self) -> tuple[set[str], set[str]]:
        """Whose principal fell in a block that has no Withdraw of theirs, and whose rose in one without a Supply."""
        lowering, raising = topic_of("Withdraw(address,address,uint256)"), topic_of("Supply(address,address,uint256)")
        absorbed = topic_of("AbsorbDebt(address,address,uint256,uint256)")
        before: dict[str, int] = {}
        fell, rose = set[str](), set[str]()
        for block in self.tape.blocks:
            withdrew = {_address(event.topics[1]) for event in block.events if event.topics[0] == lowering}
            paid = {_address(event.topics[2]) for event in block.events if event.topics[0] in (raising, absorbed)}
            for _, arguments, words in self.tape.asked(block.number, "userBasic(address)"):
                account, principal = _address(arguments[0]), 0 if words is None else signed(words[0])
                fell |= {account} - withdrew if principal < before.get(account, 0) else set()
                rose |= {account} - paid if principal > before.get(account, 0) else set()
                before[account] = principal
        return fell, rose

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
