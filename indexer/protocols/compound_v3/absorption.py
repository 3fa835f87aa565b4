"""What `absorb` does to one account: everything is taken, what is left over becomes supply, the rest is a loss.

Source: compound-finance/comet d5a30b0a, contracts/CometWithExtendedAssetList.sol `absorbInternal` (Comet.sol computes
the same).
"""

from dataclasses import dataclass

from indexer.evm import Address
from indexer.protocols.compound_v3.accrual import mul_factor, present_value, principal_value
from indexer.protocols.compound_v3.liquidity import mul_price
from indexer.protocols.compound_v3.state import Account, Asset, Comet, Indices
from indexer.units import mul_div_floor


@dataclass(frozen=True, slots=True)
class Seized:
    """One asset taken: all of it, worth `value` before the liquidation factor (AbsorbCollateral's usdValue)."""

    asset: Address
    amount: int
    value: int


@dataclass(frozen=True, slots=True)
class Absorption:
    """The outcome, in raw base units unless said otherwise.

    `debt` is what was owed, `base_paid_out` what the protocol's reserves gave (AbsorbDebt), worth `value_paid_out`;
    `principal` the account's afterwards, `leftover` its present value (the Transfer log). `loss` is the part of the
    debt that the collateral, at its liquidation factors, does not cover.
    """

    seized: tuple[Seized, ...]
    debt: int
    base_paid_out: int
    value_paid_out: int
    principal: int
    leftover: int
    loss: int


def absorption(comet: Comet, account: Account, indices: Indices) -> Absorption:
    """`absorbInternal` of a liquidatable account at indices that were accrued. Every product is rounded down.

    Raises UnpricedFeed and ArithmeticOverflow where the contract reverts.
    """
    seized = tuple(_seized(account, asset) for asset in account.assets(comet))
    factors = [asset.liquidation_factor for asset in account.assets(comet)]
    counted = sum(mul_factor(taken.value, factor) for taken, factor in zip(seized, factors, strict=True))
    price = comet.require_base_price()
    old_balance = present_value(account.principal, indices)
    uncapped = old_balance + mul_div_floor(counted, comet.base_scale, price)
    new_balance = max(0, uncapped)
    principal = principal_value(new_balance, indices)
    paid_out = new_balance - old_balance
    return Absorption(
        seized=seized,
        debt=-old_balance,
        base_paid_out=paid_out,
        value_paid_out=mul_price(paid_out, price, comet.base_scale),
        principal=principal,
        leftover=present_value(principal, indices),
        loss=max(0, -uncapped),
    )


def _seized(account: Account, asset: Asset) -> Seized:
    amount = account.balances.get(asset.address, 0)
    return Seized(asset.address, amount, mul_price(amount, asset.require_price(), asset.scale))
