"""Aave V3 passes the shared suite, on both markets of the devnet."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import pytest

from indexer.evm import address
from indexer.protocols._interface import Deployment
from scripts.devnet import Devnet
from scripts.devnet.chain import BLOCK_SECONDS
from scripts.devnet.plan import LEGACY, MAIN
from tests.conftest import SEED
from tests.devnet.liquidator import Liquidator, Refused, enrich
from tests.devnet.refusals import REFUSALS
from tests.devnet.trial import Trial
from tests.devnet.witness import WAD, Witness
from tests.protocols import happened
from tests.protocols.case import Case, Decoder, Execution
from tests.protocols.contract import ProtocolContract
from tests.protocols.following import Following
from tests.protocols.living import LivingChain
from tests.simulation.conftest import EXHAUSTIVE

pytestmark = pytest.mark.node


class AaveCase(Case):
    """One market of the devnet at the end of its story, with a rich liquidator."""

    every = 80
    finality = 64
    kept = frozenset({"id", "atoken", "vdebt", "sdebt", "atoken_revision", "vdebt_revision", "atoken_scaled"})

    def __init__(self, devnet: Devnet, chain: LivingChain, name: str) -> None:
        self._devnet = devnet
        self._told = devnet.manifest.deployment(name)
        self.chain = chain
        self.deployment = Deployment(name, "aave_v3", address(self._told.entry), self._told.first_block)
        self.refusals = REFUSALS[name]
        self._witness = Witness(devnet, self._told)
        listed = devnet.call(self._told.pool, "getReservesList()", [], "address[]")
        self._listed = {str(asset).lower() for asset in listed}
        self.least_forbidden = 0 if name == LEGACY else 10  # its end of the story has no pair with a gate

    def heals(self, market: str, field: str) -> bool:
        """Not e-modes, deficits and a reserve that was dropped: only logs tell them."""
        return super().heals(market, field) and field != "deficit" and market in self._listed

    def is_given(self, account: str, market: str, asset: str, *, debt: bool) -> bool:
        """aTokens that somebody sent, that were seized, or that the pool minted to the treasury."""
        del market, asset
        return not debt and account in self._sent_to

    @cached_property
    def _sent_to(self) -> set[str]:
        sent = self.logs("BalanceTransfer(address,address,uint256,uint256)")
        minted = [event for event in self.logs("Mint(address,address,uint256,uint256,uint256)")
                  if event.topics[1].endswith(self._told.pool.lower()[2:])]  # fmt: skip
        return {f"0x{event.topics[2][-40:]}" for event in (*sent, *minted)}

    def happenings(self) -> Mapping[str, Decoder]:
        treasury = self._told.treasury.lower()
        supplies = [token for token in self._witness.tokens.values() if token.side == "supply"]
        reserves = {token.asset: f"{token.address} {treasury}" for token in supplies}
        return {
            happened.AAVE_CALL: happened.aave_v3_call(reserves),
            happened.AAVE_DEFICIT: happened.aave_deficit,
        }

    def is_own(self, address: str) -> bool:
        """The pool of this market: the other one logs the same events."""
        return address == self._told.pool.lower()

    def holders(self, number: int) -> set[str]:
        return {account for account, _, _ in self._witness.holdings(number, self.chain.blocks[number].hash)}

    def executions(self, following: Following) -> Iterable[Execution]:
        """Every pair of everybody below one in the next block."""
        tip, witness = self.chain.blocks[-1], self._witness
        at, accounts = tip.timestamp + BLOCK_SECONDS, witness.accounts(tip.number)
        holdings, view = witness.holdings(tip.number, tip.hash), following.view(tip.number, "next_price")
        trial = Trial(witness, Liquidator(self._devnet, self._told), holdings, view, at)
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
def own_devnet() -> Iterator[Devnet]:
    """Not the shared one: hundreds of snapshots and reverts leave a node slow."""
    with Devnet.start(seed=SEED, protocols=()) as devnet:
        devnet.live_all()
        enrich(devnet)
        devnet.mine()
        yield devnet


@pytest.fixture(scope="module", params=[LEGACY, MAIN] if EXHAUSTIVE else [MAIN])
def case(request: pytest.FixtureRequest, own_devnet: Devnet) -> Case:
    """3.6; 3.0.2 has `test_spark_contract.py`, and is tried here too by `--exhaustive`."""
    return AaveCase(own_devnet, LivingChain(own_devnet), request.param)


class TestContract(ProtocolContract):
    pass
