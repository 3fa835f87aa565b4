"""Compound V2 itself as a `Lineage`."""

from collections.abc import Mapping

from indexer.evm import Address, Call
from indexer.protocols._interface import ValueUnit
from indexer.protocols.compound_v2 import comptroller_logs, ctoken_logs, deployments, discovery, identity
from indexer.protocols.compound_v2.interfaces import COMPTROLLER, COMPTROLLER_WIDE, CTOKEN, CTOKEN_2019
from indexer.protocols.compound_v2.lineage import Lineage, routes
from indexer.protocols.compound_v2.rules import Fields, compound_rules
from indexer.protocols.compound_v2.state import Market
from indexer.protocols.compound_v2.stored import stored_pool


def _membership(account: Address, ctoken: Address) -> tuple[Address, Address]:
    return account, ctoken


def _settings(comptroller: Address, ctoken: Address) -> list[tuple[Call, Mapping[int, str]]]:
    return [
        (COMPTROLLER.call("markets", comptroller, ctoken), {1: "collateral_factor"}),
        (COMPTROLLER.call("borrowGuardianPaused", comptroller, ctoken), {0: "borrow_paused"}),
    ]


def _facts(market: Market, fields: Fields) -> Mapping[str, object]:
    return {
        "collateral_factor_mantissa": market.threshold,
        "reserve_factor_mantissa": market.reserve_factor,
        "protocol_seize_share_mantissa": market.seize_share,
        "borrow_paused": bool(fields.get("borrow_paused", 0)),
        "deprecated": market.forced,
        "accrual_block": market.accrual,
    }


COMPOUND = Lineage(
    name="compound_v2",
    unit=ValueUnit("usd_e18", 18, is_usd=True),
    comptroller=COMPTROLLER,
    ctoken=CTOKEN,
    comptroller_routes={
        **routes(COMPTROLLER, comptroller_logs.HANDLERS),
        **routes(COMPTROLLER_WIDE, comptroller_logs.HANDLERS_WIDE),
    },
    ctoken_routes={**routes(CTOKEN, ctoken_logs.HANDLERS), **routes(CTOKEN_2019, ctoken_logs.HANDLERS_2019)},
    listing=COMPTROLLER.events["MarketListed"],
    rules_for=compound_rules,
    pool=stored_pool,
    plan_facts=discovery.plan_facts,
    own_getters={
        "oracle": "oracle",
        "close_factor": "closeFactorMantissa",
        "incentive": "liquidationIncentiveMantissa",
        "seize_paused": "seizeGuardianPaused",
    },
    every_block={"cash": "getCash", "borrow_rate": "borrowRatePerBlock"},
    when_absent={
        "reserves": "totalReserves",
        "reserve_factor": "reserveFactorMantissa",
        "borrow_index": "borrowIndex",
        "accrual": "accrualBlockNumber",
        "seize_share": "protocolSeizeShareMantissa",
        "joins_pot": "potAddress",
    },
    zero_where_missing=frozenset(("seize_share", "joins_pot")),
    compared={
        "total_supply": "totalSupply",
        "total_borrows": "totalBorrows",
        "reserves": "totalReserves",
        "borrow_index": "borrowIndex",
        "accrual": "accrualBlockNumber",
        "reserve_factor": "reserveFactorMantissa",
    },
    plan_identity=identity.plan_identity,
    identity=identity.identity,
    built_in=deployments.COMPOUND,
    membership_arguments=_membership,
    market_settings=_settings,
    market_facts=_facts,
)
