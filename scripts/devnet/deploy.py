"""Puts everything on the chain: tokens, feeds, both Aave markets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.devnet.aave_legacy import TokenCode as LegacyTokenCode
from scripts.devnet.aave_legacy import deploy_legacy
from scripts.devnet.aave_main import TokenCode as MainTokenCode
from scripts.devnet.aave_main import deploy_main
from scripts.devnet.aave_setup import Ground
from scripts.devnet.abi import address_of
from scripts.devnet.feeds import Feeds
from scripts.devnet.manifest import Manifest, Token
from scripts.devnet.plan import FEEDS, SECOND_DAI_FEED, SECOND_DAI_PRICE, TOKENS

if TYPE_CHECKING:
    from scripts.devnet.build import Contracts
    from scripts.devnet.chain import Chain

ACCOUNTS = 300


@dataclass(frozen=True)
class Site:
    """The deployed devnet with what its later governance needs."""

    manifest: Manifest
    ground: Ground
    feeds: Feeds
    legacy_code: LegacyTokenCode
    main_code: MainTokenCode
    flash_receiver: str


def deploy_all(chain: Chain, contracts: Contracts, seed: int) -> Site:
    """Deploy tokens, feeds and both markets."""
    admin = address_of("devnet admin")
    tokens = {
        plan.symbol: chain.deploy(
            admin,
            contracts.creation(
                "TestToken",
                ["string", "string", "uint8"],
                [plan.name, plan.symbol, plan.decimals],
            ),
            plan.symbol,
        )
        for plan in TOKENS
    }
    flash_receiver = chain.deploy(admin, contracts.creation("FlashReceiver"), "FlashReceiver")
    feeds = Feeds(chain, contracts, admin, tokens["LINK"])
    prices = {plan.feed: plan.price for plan in TOKENS} | {SECOND_DAI_FEED: SECOND_DAI_PRICE}
    for feed_plan in FEEDS:
        feeds.deploy(feed_plan, prices[feed_plan.name])
    chain.mine()
    proxies = {name: feed.proxy for name, feed in feeds.feeds.items()}
    ground = Ground(
        chain=chain,
        contracts=contracts,
        admin=admin,
        treasury=address_of("devnet treasury"),
        tokens=tokens,
        sources={plan.symbol: proxies[plan.feed] for plan in TOKENS},
        feeds=proxies,
    )
    legacy, legacy_code = deploy_legacy(ground)
    main, main_code = deploy_main(ground)
    manifest = Manifest(
        chain_id=int(chain.rpc.request("eth_chainId"), 16),
        deployments=(legacy, main),
        feeds=tuple(feeds.feeds.values()),
        tokens=tuple(Token(plan.symbol, tokens[plan.symbol], plan.decimals) for plan in TOKENS),
        accounts=tuple(address_of(f"devnet {seed} account {n}") for n in range(ACCOUNTS)),
        admin=admin,
    )
    return Site(manifest, ground, feeds, legacy_code, main_code, flash_receiver)
