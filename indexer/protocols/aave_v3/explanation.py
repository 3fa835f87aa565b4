"""The steps from stored integers to the health factor, as a person can check them on paper."""

from indexer.protocols._interface import Step
from indexer.protocols.aave_v3.account_data import AccountData, Line
from indexer.protocols.aave_v3.revisions import Rounding, Rules
from indexer.units import MAX_UINT256


def steps(data: AccountData, rules: Rules) -> list[Step]:
    """Each reserve's scaled balance x index = amount, x price = value; then the totals and the health factor."""
    out: list[Step] = []
    for line in data.lines:
        out.extend(_line_steps(line, rules))
    out.append(Step("total collateral", "sum of collateral values", data.total_collateral_base))
    out.append(Step("total debt", "sum of debt values", data.total_debt_base))
    if rules.health_from_weighted_sum:
        weighted = "floor(sum of value x threshold / 10000)"
        factor = "wadDiv(sum of value x threshold, total debt) / 10000"
    else:
        average = data.current_liquidation_threshold
        out.append(Step("average threshold", "sum of value x threshold / total collateral, truncated", average))
        weighted = f"percentMul(total collateral, {average})"
        factor = "wadDiv(weighted collateral, total debt)"
    out.append(Step("weighted collateral", weighted, data.weighted_collateral))
    if data.health_factor != MAX_UINT256:
        out.append(Step("health factor", factor, data.health_factor))
    return out


def _line_steps(line: Line, rules: Rules) -> list[Step]:
    directional = rules.rounding is Rounding.DIRECTIONAL
    is_debt = line.side == "debt"
    rounding = ("rayMulCeil" if is_debt else "rayMulFloor") if directional else "rayMul"
    amount = f"{rounding}({line.scaled}, {line.index})"
    amount += f" - discount {line.forgiven}" if line.forgiven else ""
    amount += f" + stable {line.stable}" if line.stable else ""
    rounded = "ceil" if is_debt and directional else "floor"
    name = f"{line.side} {line.asset}"
    out = [
        Step(f"{name} amount", amount, line.amount),
        Step(f"{name} value", f"{rounded}({line.amount} x {line.price} / {line.unit})", line.value),
    ]
    if not is_debt:
        skipped = "" if line.counted else " (threshold 0: the contract skips it)"
        threshold = f"liquidation threshold in basis points{skipped}"
        out.append(Step(f"{name} threshold", threshold, line.liquidation_threshold))
    return out
