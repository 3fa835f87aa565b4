"""The steps from stored integers to the contract's comparison, as a person can check them on paper."""

from indexer.errors import ArithmeticOverflow
from indexer.protocols._interface import Step
from indexer.protocols.compound_v3.accrual import accrued_indices, utilization
from indexer.protocols.compound_v3.liquidity import Collateral, Valuation, is_liquidatable, valuation
from indexer.protocols.compound_v3.state import BASE_INDEX_SCALE, FACTOR_SCALE, Account, Comet, UnpricedFeed
from indexer.units import WAD


def steps(comet: Comet, account: Account, at: int) -> list[Step]:
    """Debt, each collateral, their difference at the stored indices; then the debt that `absorb` would accrue to.

    Empty where the contract's own view reverts.
    """
    stored, principal = comet.totals.indices, account.principal
    try:
        worth = valuation(comet, account, stored)
        is_liquidatable(comet, account, stored)
    except (UnpricedFeed, ArithmeticOverflow):
        return []
    out = [Step("principal", "userBasic.principal: below zero is a debt", principal)]
    if principal < 0:
        debt = f"floor({-principal} x borrow index {stored.borrow} / {BASE_INDEX_SCALE})"
        out.append(Step("debt at the stored index", debt, worth.debt))
        value = f"floor({worth.debt} x {comet.base_price} / {comet.base_scale})"
        out.append(Step("debt value", value, worth.debt_value))
    for line in worth.collateral:
        out.extend(_collateral_steps(line))
    out.append(Step("collateral value", "sum of collateral values", worth.collateral_value))
    out.append(Step("weighted collateral", "sum of weighted values", worth.weighted_value))
    if principal >= 0:
        return out
    out.append(Step("liquidity", "weighted collateral - debt value: below zero is liquidatable", _liquidity(worth)))
    if worth.debt_value:
        factor = worth.weighted_value * WAD // worth.debt_value
        out.append(Step("health factor", "floor(weighted collateral x 1e18 / debt value)", factor))
    return out + _accrual_steps(comet, account, at)


def _liquidity(worth: Valuation) -> int:
    return worth.weighted_value - worth.debt_value


def _collateral_steps(line: Collateral) -> list[Step]:
    asset, name = line.asset, f"collateral {line.asset.address}"
    if line.value is None or line.weighted is None:
        return [Step(f"{name} balance", "its feed cannot be read, and was not needed", line.balance)]
    value = f"floor({line.balance} x {asset.price} / {asset.scale})"
    weighted = f"floor({line.value} x liquidate factor {asset.liquidate_factor} / {FACTOR_SCALE})"
    return [Step(f"{name} value", value, line.value), Step(f"{name} weighted", weighted, line.weighted)]


def _accrual_steps(comet: Comet, account: Account, at: int) -> list[Step]:
    """What changes when somebody accrues at `at`; nothing where that reverts."""
    try:
        indices = accrued_indices(comet, at)
        worth = valuation(comet, account, indices)
    except ArithmeticOverflow:
        return []
    elapsed = at - comet.totals.last_accrual
    grown = f"borrow index {comet.totals.indices.borrow} after {elapsed} s at utilization {utilization(comet.totals)}"
    return [
        Step("borrow index after accrual", grown, indices.borrow),
        Step("debt value after accrual", "as absorb would see it", worth.debt_value),
        Step(
            "liquidity after accrual",
            "weighted collateral - debt value: below zero, absorb succeeds",
            _liquidity(worth),
        ),
    ]
