"""What a block's logs say was absorbed: an `AbsorbCollateral` for each asset, then one `AbsorbDebt`.

The protocol takes all of both; what it sells later (`BuyCollateral`) is nobody's liquidation. A row of collateral names
no debt, the row of the debt no collateral. Bad debt is what the protocol paid beyond what all collateral was worth at
the prices of the absorption, both of which its logs carry as `usdValue`: floor(basePaidOut * (paid - worth) / paid). It
loses more, or less, when it sells.

Source: compound-finance/comet d5a30b0a, contracts/CometWithExtendedAssetList.sol `absorbInternal`.
"""

from collections.abc import Sequence
from typing import Any

from indexer.book import Draft, Entity
from indexer.evm import Log, address
from indexer.protocols._interface import Deployment, Liquidation
from indexer.protocols.compound_v3.flows import Told, moved, told
from indexer.units import mul_div_floor
from indexer.words import LiquidationKind


def liquidations(deployment: Deployment, logs: Sequence[Log], draft: Draft) -> list[Liquidation]:
    """The absorptions of one block's logs; the draft is the one they were applied to."""
    base = draft.number(Entity(deployment.name), "base_token")
    found: list[Liquidation] = []
    worth = 0
    ordered = told(deployment, logs)
    for at, one in enumerate(ordered):
        if one.name == "AbsorbCollateral":
            worth += one.values["usdValue"]
            found.append(_collateral(one))
        elif one.name == "AbsorbDebt":
            found.append(_debt(one, base, moved(one, ordered[at + 1 : at + 2]) or 0, worth))
            worth = 0
    return found


def _collateral(one: Told) -> Liquidation:
    return Liquidation(
        **_who(one),
        collateral_asset=address(one.values["asset"]),
        collateral_seized=one.values["collateralAbsorbed"],
        protocol_fee=one.values["collateralAbsorbed"],
    )


def _debt(one: Told, base: int, left_over: int, worth: int) -> Liquidation:
    paid_out, paid = one.values["basePaidOut"], one.values["usdValue"]
    return Liquidation(
        **_who(one),
        debt_asset=address(base),
        debt_repaid=max(0, paid_out - left_over),
        bad_debt=mul_div_floor(paid_out, paid - worth, paid) if paid > worth else 0,
    )


def _who(one: Told) -> dict[str, Any]:
    borrower = address(one.values["borrower"])
    return {
        "account": borrower,
        "owner": borrower,
        "market": None,
        "liquidator": address(one.values["absorber"]),
        "kind": LiquidationKind.ABSORPTION,
        "log_index": one.log.index,
        "transaction": one.log.transaction_hash,
    }
