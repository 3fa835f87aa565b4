"""Chainlink feeds: a real EACAggregatorProxy over real flux aggregators, one over our delayed one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.devnet.abi import address_of
from scripts.devnet.manifest import Feed
from scripts.devnet.plan import FEED_DELAY_SECONDS, FeedPlan

if TYPE_CHECKING:
    from scripts.devnet.build import Contracts
    from scripts.devnet.chain import Chain

ZERO = "0x" + "00" * 20
# Answers outside are refused by the aggregator: the feed then goes stale, as on mainnet.
MIN_ANSWER, MOST_UNITS = 1, 10**7


class Feeds:
    """Deploys and moves the feeds. Rounds are read from the chain, not remembered."""

    def __init__(self, chain: Chain, contracts: Contracts, owner: str, payment_token: str) -> None:
        self._chain = chain
        self._contracts = contracts
        self._owner = owner
        self._payment_token = payment_token
        self._oracles: dict[str, list[str]] = {}
        self._decimals: dict[str, int] = {}
        self.feeds: dict[str, Feed] = {}

    def deploy(self, plan: FeedPlan, answer: int) -> Feed:
        """Queue a proxy over a first aggregator with a first answer."""
        self._oracles[plan.name] = [address_of(f"oracle {plan.name} {n}") for n in range(plan.oracles)]
        self._decimals[plan.name] = plan.decimals
        aggregator = self._deploy_delayed(plan.name, answer) if plan.delayed else self._deploy_flux(plan.name)
        code = self._contracts.creation("chainlink:EACAggregatorProxy", ["address", "address"], [aggregator, ZERO])
        proxy = self._chain.deploy(self._owner, code, f"proxy of {plan.name}")
        feed = Feed(plan.name, proxy, plan.heartbeat_s, plan.deviation_bps, plan.delayed)
        self.feeds[plan.name] = feed
        if not plan.delayed:
            self._open_flux(aggregator, proxy, plan.name)
            self._submit(aggregator, plan.name, 1, answer)
        return feed

    def _deploy_delayed(self, name: str, answer: int) -> str:
        code = self._contracts.creation(
            "DelayedAggregator",
            ["uint8", "string", "uint256", "int256"],
            [self._decimals[name], name, FEED_DELAY_SECONDS, answer],
        )
        return self._chain.deploy(self._owner, code, f"delayed aggregator of {name}")

    def _deploy_flux(self, name: str) -> str:
        types = ["address", "uint128", "uint32", "address", "int256", "int256", "uint8", "string"]
        decimals = self._decimals[name]
        args = [self._payment_token, 0, 0, ZERO, MIN_ANSWER, MOST_UNITS * 10**decimals, decimals, name]
        code = self._contracts.creation("chainlink:AccessControlledAggregator", types, args)
        return self._chain.deploy(self._owner, code, f"aggregator of {name}")

    def _open_flux(self, aggregator: str, proxy: str, name: str) -> None:
        """Let the oracles submit and the proxy read."""
        oracles = self._oracles[name]
        least = min(2, len(oracles))
        self._chain.send(
            self._owner,
            aggregator,
            "changeOracles(address[],address[],address[],uint32,uint32,uint32)",
            [[], oracles, oracles, least, len(oracles), 0],
        )
        self._chain.send(self._owner, aggregator, "addAccess(address)", [proxy])

    def aggregator(self, name: str) -> str:
        """The aggregator behind a feed's proxy now."""
        return str(self._chain.call(self.feeds[name].proxy, "aggregator()", returns="address"))

    def visible(self, name: str) -> int:
        """The answer a consumer sees at the tip."""
        return int(self._chain.call(self.feeds[name].proxy, "latestAnswer()", returns="int256"))

    def published(self, name: str) -> int:
        """The newest answer published, which for the delayed feed may not be visible yet."""
        if self.feeds[name].delayed:
            pending, _ = self._chain.call(self.aggregator(name), "pendingAnswer()", returns="int256,uint256")
            if pending:
                return int(pending)
        return self.visible(name)

    def publish(self, name: str, answer: int) -> None:
        """Queue a new answer; visible with the next block, or after the delay of a delayed feed."""
        aggregator = self.aggregator(name)
        if self.feeds[name].delayed:
            self._chain.send(self._owner, aggregator, "publish(int256)", [answer])
            return
        latest = self._chain.call(aggregator, "latestRound()")
        # A second answer in the same block: the first one's round is queued and not on the chain yet.
        latest += self._chain.queued(self._oracles[name][0], aggregator)
        self._submit(aggregator, name, latest + 1, answer)

    def move(self, name: str, bps: int) -> int:
        """Queue an answer that is `bps` away from the newest published one; returns it."""
        answer = self.published(name) * (10_000 + bps) // 10_000
        self.publish(name, answer)
        return answer

    def _submit(self, aggregator: str, name: str, flux_round: int, answer: int) -> None:
        """All oracles of the feed report; with three of them one round logs two answers."""
        oracles = self._oracles[name]
        # The middle one reports the answer itself, so the median of three is the answer.
        spread = answer // 20_000
        for oracle, offset in zip(oracles, (0, -spread, spread), strict=False):
            self._chain.send(oracle, aggregator, "submit(uint256,int256)", [flux_round, answer + offset])

    def prepare_phase(self, name: str) -> str:
        """Queue a new aggregator with the old one's answer, proposed to the proxy but not in use."""
        proxy = self.feeds[name].proxy
        answer = self.visible(name)
        aggregator = self._deploy_flux(name)
        self._open_flux(aggregator, proxy, name)
        self._submit(aggregator, name, 1, answer)
        self._chain.send(self._owner, proxy, "proposeAggregator(address)", [aggregator])
        return aggregator

    def confirm_phase(self, name: str) -> None:
        """Queue the confirmation of the proposed aggregator: the proxy's phase goes up, without a log."""
        proxy = self.feeds[name].proxy
        proposed = self._chain.call(proxy, "proposedAggregator()", returns="address")
        self._chain.send(self._owner, proxy, "confirmAggregator(address)", [proposed])
