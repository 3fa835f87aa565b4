"""Venus isolated pools pass the shared suite, on both pools of the devnet."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import pytest

from indexer.evm import address
from indexer.protocols._interface import Deployment, FlowKind, Truth
from indexer.words import LiquidationKind, Terms
from scripts.devnet import Devnet
from scripts.devnet.abi import encode_call
from scripts.devnet.chain import BLOCK_SECONDS
from scripts.devnet.manifest import JoinedDeployment
from scripts.devnet.venus_plan import BLOCKS, TIMED
from tests.protocols import happened, moving
from tests.protocols.case import Case, Decoder, Execution
from tests.protocols.compound_v2.venus_trial import REFUSALS, Pool, Trial, enrich
from tests.protocols.contract import ProtocolContract
from tests.protocols.following import Following, Rows
from tests.protocols.living import LivingChain

pytestmark = pytest.mark.node
SEED = 7


class VenusCase(Case):
    """One pool of the devnet at the end of its story, with a rich liquidator."""

    every = 8
    kept = frozenset({"listed", "asset", "decimals", "by_seconds"})
    refusals = REFUSALS

    def __init__(self, devnet: Devnet, chain: LivingChain, joined: JoinedDeployment) -> None:
        self._devnet = devnet
        self._pool = Pool(devnet, joined)
        self._accounts = self._pool.accounts()
        markets = self._pool.markets().values()
        listed = {one: devnet.call(joined.entry, "isMarketListed(address)", [one], "bool") for one in markets}
        self._unlisted = {market.lower() for market, is_listed in listed.items() if not is_listed}
        self.chain = chain
        self.deployment = Deployment(joined.name, joined.protocol, address(joined.entry), joined.first_block)

    def happenings(self) -> Mapping[str, Decoder]:
        return {
            "LiquidateBorrow(address,address,uint256,address,uint256)": happened.venus_liquidate,
            "HealBorrow(address,address,uint256)": happened.venus_heal,
            "ProtocolSeize(address,address,uint256)": happened.venus_seize,
        }

    def is_own(self, address: str) -> bool:
        """A vToken of the pool."""
        return address in {market.lower() for market in self._pool.markets().values()}

    def underlying(self, address: str) -> str:
        """The vToken's own word."""
        return str(self._devnet.call(address, "underlying()", [], "address")).lower()

    def holders(self, number: int) -> set[str]:
        """Whoever has vTokens or a debt in any market, listed or not."""
        block = {"blockHash": self.chain.blocks[number].hash}
        asked = [(market, who) for market in self._pool.markets().values() for who in self._accounts]
        data = {who: encode_call("getAccountSnapshot(address)", [who]) for who in self._accounts}
        calls = [("eth_call", [{"to": market, "data": data[who]}, block]) for market, who in asked]
        answers = self._devnet.chain.rpc.try_batch(calls)
        return {who for (_, who), said in zip(asked, answers, strict=True) if isinstance(said, str) and _holds(said)}

    def executions(self, following: Following) -> Iterable[Execution]:
        """Every pair of everybody, asked for our maximum. Whole accounts, terms of many parts, have their own test."""
        tip = self.chain.blocks[-1]
        at = tip.timestamp + BLOCK_SECONDS
        trial, view = Trial(self._pool, at), following.view(tip.number, "next_price", seen_in=tip.number + 1)
        for account in self._accounts:
            terms = view.liquidation(account, at)
            if all(one.kind is LiquidationKind.FIXED_BONUS for one in terms):
                yield from (self._execution(trial, account, one) for one in terms)

    def _execution(self, trial: Trial, account: str, terms: Terms) -> Execution:
        number, debt, seized = self.chain.blocks[-1].number, terms.debt_asset, terms.collateral_asset
        amount = max(1, terms.max_debt_to_cover)
        outcome = trial.pair(account, trial.market_of(debt), seized, amount)
        pair = (debt, seized)
        if outcome.refused is not None:
            return Execution(number, trial.at, account, ok=False, why=outcome.refused, pair=pair)
        return Execution(number, trial.at, account, ok=True, pair=pair, amounts=trial.amounts(account, pair, outcome))

    def is_given(self, account: str, market: str, asset: str, *, debt: bool) -> bool:
        """VTokens that somebody sent, or that were seized: not from the zero address, as a mint's are."""
        del market, asset
        return not debt and account in self._sent_to

    @cached_property
    def _sent_to(self) -> set[str]:
        sent = self.logs("Transfer(address,address,uint256)")
        return {f"0x{event.topics[2][-40:]}" for event in sent if int(event.topics[1], 16)}

    def heals(self, market: str, field: str) -> bool:
        """Not a market that was unlisted: nothing of it is read any more."""
        return super().heals(market, field) and market not in self._unlisted

    def restorable(self, rows: Rows) -> Rows:
        """A debt's principal and its index have no getter: the balance they make at the market's index has."""
        kept = {key: value for key, value in rows.items() if not key[1] or key[0] not in self._unlisted}
        found = {key: value for key, value in kept.items() if key[2] not in {"debt", "interest_index"}}
        for (market, account, field), principal in kept.items():
            if field == "debt" and principal:
                index, own = rows[market, "", "borrow_index"], rows[market, account, "interest_index"]
                found[market, account, "owed"] = principal * index // own
        return found

    def liquidatable(self, said: Mapping[str, int]) -> bool | None:
        """A shortfall says so; without one a debt may still be forced."""
        return True if said["shortfall"] else None


def _holds(snapshot: str) -> bool:
    """`getAccountSnapshot`: error, vTokens, debt, exchange rate."""
    return any(int(snapshot[2 + 64 * word : 66 + 64 * word], 16) for word in (1, 2))


@pytest.fixture(scope="module")
def venus() -> Iterator[Devnet]:
    with Devnet.start(seed=SEED, protocols=("venus_isolated",), common=False) as devnet:
        devnet.live_all()
        enrich(devnet)
        devnet.mine()
        devnet.live(3)
        yield devnet


@pytest.fixture(scope="module")
def played(venus: Devnet) -> LivingChain:
    return LivingChain(venus)


@pytest.fixture(scope="module", params=[BLOCKS.name, TIMED.name])
def case(request: pytest.FixtureRequest, venus: Devnet, played: LivingChain) -> Case:
    joined = next(item for item in venus.manifest.joined if item.name == request.param)
    return VenusCase(venus, played, joined)


class TestContract(ProtocolContract):
    def test_receipts_are_at_the_rate_that_redeeming_would_find(self, case: Case, live: Following) -> None:
        """`exchangeRateCurrent`, which accrues, at compared blocks and at the next block's time."""
        compared = 0
        for number in case.numbers():
            for seconds in (0, BLOCK_SECONDS):
                at = live.ref(number).timestamp + seconds
                told = live.view(number).receipts(at)
                asked = [Truth(one.token, "exchangeRateCurrent()", (), ("rate",)) for one in told]
                for one, said in zip(told, live.ask(number, asked, at if seconds else None), strict=True):
                    supply = live.rows_at(number).markets[one.market].get("total_supply", 0)
                    assert (None if said is None or not supply else said["rate"]) == one.numerator
                    compared += one.numerator is not None
        assert compared

    def test_debts_that_are_written_off_are_repaid(self, case: Case, live: Following) -> None:
        """`healBorrow`: what the liquidator pays and what nobody does; vTokens seized are worth what the log says."""
        told: dict[tuple[str, str], int] = {}
        for flow in moving.moved_of(live):
            if flow.kind is FlowKind.REPAY:
                where = (flow.transaction, flow.account)
                told[where] = told.get(where, 0) + flow.amount
        healed = 0
        for event in case.logs("BadDebtIncreased(address,uint256,uint256,uint256)"):
            if event.address in live.rows_at(case.numbers()[-1]).markets:
                assert told[event.transaction, f"0x{event.topics[1][-40:]}"] >= int(event.data[2:66], 16)
                healed += 1
        assert healed or case.deployment.name == TIMED.name, "nobody was healed"
