"""Venus' isolated pools as a `Lineage`: each pool is one Comptroller and one deployment."""

from collections.abc import Mapping, Sequence

from indexer.evm import Address, Call, Log, address
from indexer.protocols._adapter import BuiltIn
from indexer.protocols._interface import Deployment, ValueUnit
from indexer.protocols.compound_v2 import venus_comptroller_logs, venus_identity, venus_token_logs
from indexer.protocols.compound_v2.lineage import Lineage, routes
from indexer.protocols.compound_v2.rules import Fields, Rules
from indexer.protocols.compound_v2.state import Market
from indexer.protocols.compound_v2.venus_accounts import whole_account_terms
from indexer.protocols.compound_v2.venus_comptroller_logs import PAUSES
from indexer.protocols.compound_v2.venus_interfaces import COMPTROLLER, EVERY_BLOCK, VTOKEN, WHEN_ABSENT
from indexer.protocols.compound_v2.venus_rules import VENUS
from indexer.protocols.compound_v2.venus_stored import venus_pool

# @venusprotocol/isolated-pools 4.4.0, deployments/ethereum: each Comptroller's proxy and the block that created it.
BUILT_IN: BuiltIn = {
    1: (
        ("venus_core", "0x687a01ecF6d3907658f7A7c714749fAC32336D1B", 18_968_037),
        ("venus_curve", "0x67aA3eCc5831a65A5Ba7be76BED3B5dc7DB60796", 18_968_040),
        ("venus_liquid_staked_eth", "0xF522cd0360EF8c2FF48B648d53EA1717Ec0F3Ac3", 19_076_091),
        ("venus_ethena", "0x562d2b6FF1dbf5f63E233662416782318cC081E4", 21_441_878),
    ),
}


def plan_facts(deployment: Deployment, logs: Sequence[Log]) -> list[Call]:
    """A listed vToken's underlying and clock."""
    listing = COMPTROLLER.events["MarketSupported"]
    calls: list[Call] = []
    for log in logs:
        if log.address == deployment.entry and log.topics and log.topics[0] == listing.topic:
            vtoken = address(listing.decode(log)["cToken"])
            calls += [VTOKEN.call("underlying", vtoken), VTOKEN.call("isTimeBased", vtoken)]
    return list(dict.fromkeys(calls))


def _rules(own: Fields) -> Rules:
    del own
    return VENUS


def _membership(account: Address, vtoken: Address) -> tuple[Address, Address]:
    return account, vtoken


def _settings(comptroller: Address, vtoken: Address) -> list[tuple[Call, Mapping[int, str]]]:
    factors: tuple[Call, Mapping[int, str]] = (
        COMPTROLLER.call("markets", comptroller, vtoken),
        {1: "collateral_factor", 2: "liquidation_threshold"},
    )
    forced = (COMPTROLLER.call("isForcedLiquidationEnabled", comptroller, vtoken), {0: "forced"})
    paused = [
        (COMPTROLLER.call("actionPaused", comptroller, vtoken, action), {0: field}) for action, field in PAUSES.items()
    ]
    return [factors, forced, *paused]


def _facts(market: Market, fields: Fields) -> Mapping[str, object]:
    return {
        "collateral_factor_mantissa": fields.get("collateral_factor", 0),
        "liquidation_threshold_mantissa": market.threshold,
        "reserve_factor_mantissa": market.reserve_factor,
        "protocol_seize_share_mantissa": market.seize_share,
        "forced_liquidation": market.forced,
        "repay_paused": market.repay_paused,
        "seize_paused": market.seize_paused,
        "liquidate_paused": market.liquidation_paused,
        "accrual_second" if market.by_seconds else "accrual_block": market.accrual,
    }


VENUS_ISOLATED = Lineage(
    name="venus_isolated",
    unit=ValueUnit("usd_e18", 18, is_usd=True),
    comptroller=COMPTROLLER,
    ctoken=VTOKEN,
    comptroller_routes=routes(COMPTROLLER, venus_comptroller_logs.HANDLERS),
    ctoken_routes=routes(VTOKEN, venus_token_logs.HANDLERS),
    listing=COMPTROLLER.events["MarketSupported"],
    rules_for=_rules,
    pool=venus_pool,
    plan_facts=plan_facts,
    own_getters={
        "oracle": "oracle",
        "close_factor": "closeFactorMantissa",
        "incentive": "liquidationIncentiveMantissa",
        "min_collateral": "minLiquidatableCollateral",
    },
    every_block=EVERY_BLOCK,
    when_absent=WHEN_ABSENT,
    # The first implementations paid nothing out by themselves.
    zero_where_missing=frozenset(("pay_out_after", "paid_out_at")),
    compared={
        "total_supply": "totalSupply",
        "total_borrows": "totalBorrows",
        "reserves": "totalReserves",
        "bad_debt": "badDebt",
        "borrow_index": "borrowIndex",
        "accrual": "accrualBlockNumber",
        "reserve_factor": "reserveFactorMantissa",
    },
    plan_identity=venus_identity.plan_identity,
    identity=venus_identity.identity,
    built_in=BUILT_IN,
    membership_arguments=_membership,
    market_settings=_settings,
    market_facts=_facts,
    further_terms=whole_account_terms,
)
