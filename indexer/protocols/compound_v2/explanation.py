"""The steps from stored integers to the shortfall, as a person can check them on paper."""

from indexer.protocols._interface import Step
from indexer.protocols.compound_v2.liquidity import Line, Liquidity
from indexer.protocols.compound_v2.rules import Rules, mul_exp_half_up


def steps(sums: Liquidity, rules: Rules) -> list[Step]:
    """Each entered market's cTokens x weight and debt x price; then the sums and what is missing or left."""
    out = [step for line in sums.lines for step in _line_steps(line, rules)]
    out.append(Step("weighted collateral", "sum of weighted values", sums.weighted))
    out.append(Step("total collateral", "sum of values", sums.collateral))
    out.append(Step("total debt", "sum of debt values", sums.debt))
    out.append(Step("liquidity", "max(0, weighted collateral - total debt)", sums.liquidity))
    out.append(Step("shortfall", "max(0, total debt - weighted collateral)", sums.shortfall))
    if sums.health_factor_wad is not None:
        factor = "floor(weighted collateral x 1e18 / total debt)"
        out.append(Step("health factor", factor, sums.health_factor_wad))
    return out


def _line_steps(line: Line, rules: Rules) -> list[Step]:
    rounding = "half_up" if rules.multiply is mul_exp_half_up else "floor"
    factors = (line.threshold, line.exchange_rate, line.price)
    if rules.value_before_weight:
        factors = (line.exchange_rate, line.price, line.threshold)
    weight = f"{rounding}({rounding}({factors[0]} x {factors[1]} / 1e18) x {factors[2]} / 1e18)"
    out = []
    if line.supply:
        out.append(Step(f"collateral {line.market} weight", weight, line.weight))
        weighted = f"floor({line.weight} x {line.supply} / 1e18)"
        out.append(Step(f"collateral {line.market} weighted value", weighted, line.weighted_value))
        out.append(Step(f"collateral {line.market} value", "the same at a factor of 1", line.value))
    if line.owed:
        out.append(Step(f"debt {line.market} amount", "floor(principal x index / its own index)", line.owed))
        out.append(Step(f"debt {line.market} value", f"floor({line.owed} x {line.price} / 1e18)", line.debt_value))
    return out
