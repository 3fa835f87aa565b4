"""Aave V2 passes the shared suite."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import pytest

from scripts.devnet.aave_v2_plan import NAME
from scripts.devnet.chain import BLOCK_SECONDS
from tests.devnet.liquidator import Refused
from tests.devnet.refusals import REFUSALS
from tests.devnet.trial import Trial
from tests.devnet.witness import WAD
from tests.protocols import happened
from tests.protocols.aave_v2.conftest import Site, enrich, living
from tests.protocols.case import Case, Decoder, Execution
from tests.protocols.contract import ProtocolContract
from tests.protocols.following import Following
from tests.protocols.living import LivingChain

pytestmark = pytest.mark.node


class AaveV2Case(Case):
    """The market at the end of its chapter, with a rich liquidator."""

    every = 4
    finality = 16
    kept = frozenset({"id", "atoken", "vdebt", "sdebt"})
    refusals = REFUSALS[NAME]

    def __init__(self, site: Site) -> None:
        self._site = site
        self._witness = site.witness
        self.chain = LivingChain(site.devnet)
        self.deployment = site.deployment

    def is_given(self, account: str, market: str, asset: str, *, debt: bool) -> bool:
        """aTokens that somebody sent or that were seized, and the treasury's."""
        del market, asset
        return not debt and account in self._sent_to

    @cached_property
    def _sent_to(self) -> set[str]:
        sent = self.logs("BalanceTransfer(address,address,uint256,uint256)")
        atokens = {token.address for token in self._witness.tokens.values() if token.side == "supply"}
        treasuries = {self._site.devnet.call(token, "RESERVE_TREASURY_ADDRESS()", [], "address").lower()
                      for token in atokens}  # fmt: skip
        return {f"0x{event.topics[2][-40:]}" for event in sent} | treasuries

    def happenings(self) -> Mapping[str, Decoder]:
        return {happened.AAVE_CALL: happened.aave_v2_call}

    def holders(self, number: int) -> set[str]:
        return {account for account, _, _ in self._witness.holdings(number, self.chain.blocks[number].hash)}

    def executions(self, following: Following) -> Iterable[Execution]:
        """Every pair of everybody below one in the next block."""
        tip, witness = self.chain.blocks[-1], self._witness
        at, accounts = tip.timestamp + BLOCK_SECONDS, witness.accounts(tip.number)
        holdings, view = witness.holdings(tip.number, tip.hash), following.view(tip.number, "next_price")
        trial = Trial(witness, self._site.liquidator, holdings, view, at)
        for borrower in witness.below_one(accounts, tip.hash, at):
            for pair in trial.pairs_of(borrower):
                seen, assets = trial.outcome(pair), (pair.debt, pair.collateral)
                if isinstance(seen, Refused):
                    yield Execution(tip.number, at, borrower, ok=False, why=seen.why, pair=assets)
                    continue
                amounts = {
                    "max_debt_to_cover": seen.debt_repaid,
                    "collateral_to_liquidator": seen.collateral_received,
                    "protocol_fee": seen.fee_to_treasury,
                }
                yield Execution(tip.number, at, borrower, ok=True, pair=assets, amounts=amounts)

    def liquidatable(self, said: Mapping[str, int]) -> bool:
        return said["health_factor"] < WAD


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    for site in living(tmp_path_factory, "contract"):
        site.live_to(site.devnet.story_blocks)
        enrich(site.story)
        site.devnet.mine()
        yield AaveV2Case(site)


class TestContract(ProtocolContract):
    pass
