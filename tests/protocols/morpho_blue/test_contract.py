"""Morpho Blue passes the shared suite, on the devnet."""

from collections.abc import Iterable, Mapping

import pytest

from indexer.evm import address
from indexer.protocols._interface import Deployment
from indexer.words import Gate
from scripts.devnet.chain import BLOCK_SECONDS
from tests.devnet.liquidator import Refused
from tests.protocols import happened
from tests.protocols.case import Case, Decoder, Execution
from tests.protocols.contract import ProtocolContract
from tests.protocols.following import Following
from tests.protocols.living import LivingChain
from tests.protocols.morpho_blue.witness import Witness

pytestmark = pytest.mark.node


class MorphoCase(Case):
    """The devnet's singleton at the end of its story."""

    every = 3
    finality = 30
    truth_values_accounts = False

    def __init__(self, witness: Witness) -> None:
        told = witness.told
        self.refusals = {Gate.NOT_LIQUIDATABLE: {"position is healthy"}}
        self._witness = witness
        self.chain = LivingChain(witness.devnet)
        self.deployment = Deployment(told.name, told.protocol, address(told.entry), told.first_block)
        interest_free = [market.id.hex() for market in witness.markets if market.plan.irm == "none"]
        self._interest_free = {f"0x{market}" for market in interest_free}

    def heals(self, market: str, field: str) -> bool:
        """Not when a market without interest was last touched: a bare accrual there leaves no log."""
        return field != "last_update" or market not in self._interest_free

    def is_still(self, market: str, asset: str) -> bool:
        """Collateral."""
        return not self._is_loan(market, asset)

    def is_given(self, account: str, market: str, asset: str, *, debt: bool) -> bool:
        """What is lent is no flow."""
        del account
        return not debt and self._is_loan(market, asset)

    def _is_loan(self, market: str, asset: str) -> bool:
        return asset == next(one.params[0] for one in self._witness.markets if f"0x{one.id.hex()}" == market).lower()

    def happenings(self) -> Mapping[str, Decoder]:
        signature = "Liquidate(bytes32,address,address,uint256,uint256,uint256,uint256,uint256)"
        return {signature: happened.morpho_liquidate}

    def holders(self, number: int) -> set[str]:
        return set(self._witness.holders(number))

    def executions(self, following: Following) -> Iterable[Execution]:
        """Whatever our terms name, for everybody who owes, in the next block."""
        tip = self.chain.blocks[-1]
        at, view = tip.timestamp + BLOCK_SECONDS, following.view(tip.number, "next_price")
        for key, (_, borrow_shares, collateral) in self._witness.holders(tip.number).items():
            if not borrow_shares or not collateral:
                continue
            (terms,) = view.liquidation(key, at)
            arguments = terms.details["seized_assets_argument"], terms.details["repaid_shares_argument"]
            seen = self._witness.liquidate(key, at, *arguments)
            if isinstance(seen, Refused):
                yield Execution(tip.number, at, key, ok=False, why=seen.why)
                continue
            amounts = {"max_debt_to_cover": seen.repaid_assets, "collateral_to_liquidator": seen.seized_assets}
            amounts |= {"repaid_shares": seen.repaid_shares}
            amounts |= {"bad_debt_assets": seen.bad_debt_assets, "bad_debt_shares": seen.bad_debt_shares}
            yield Execution(tip.number, at, key, ok=True, amounts=amounts)


@pytest.fixture(scope="module")
def case(witness: Witness) -> Case:
    return MorphoCase(witness)


class TestContract(ProtocolContract):
    pass
