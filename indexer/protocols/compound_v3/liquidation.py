"""The terms of `absorb`: the protocol takes everything and pays the debt, the absorber pays and gets nothing."""

from indexer.errors import ArithmeticOverflow
from indexer.protocols.compound_v3.absorption import Absorption, absorption
from indexer.protocols.compound_v3.accrual import accrued_indices
from indexer.protocols.compound_v3.liquidity import is_liquidatable
from indexer.protocols.compound_v3.state import Account, Comet, Pause, UnpricedFeed
from indexer.words import Gate, LiquidationKind, Terms


def liquidation_terms(comet: Comet, account: Account, at: int) -> tuple[Terms, ...]:
    """One absorption of the whole account at timestamp `at`; empty without debt, or where nothing can be computed.

    `collateral_asset` is the seized asset of the greatest value (the base token where nothing is seized), details name
    them all. An absorption is atomic: there are no other pairs to choose from.
    """
    if account.principal >= 0:
        return ()
    try:
        indices = accrued_indices(comet, at)
        liquidatable = is_liquidatable(comet, account, indices)
        outcome = absorption(comet, account, indices)
    except (UnpricedFeed, ArithmeticOverflow):
        return ()
    gates = []
    if comet.is_paused(Pause.ABSORB):
        gates.append(Gate.RESERVE_PAUSED)
    if not liquidatable:
        gates.append(Gate.NOT_LIQUIDATABLE)
    main = max(outcome.seized, key=lambda taken: taken.value, default=None)
    return (
        Terms(
            debt_asset=comet.base,
            collateral_asset=comet.base if main is None else main.asset,
            max_debt_to_cover=0,
            collateral_to_liquidator=0,
            protocol_fee=0,
            bonus_bps=None,
            close_factor_bps=None,
            gross_bonus_value=0,
            gates=tuple(gates),
            kind=LiquidationKind.ABSORPTION,
            details=_details(outcome),
        ),
    )


def _details(outcome: Absorption) -> dict[str, int]:
    """What changes hands, in raw units of the base token and of each asset. The user keeps `leftover_principal`."""
    return {
        "debt": outcome.debt,
        "base_paid_out": outcome.base_paid_out,
        "leftover": outcome.leftover,
        "leftover_principal": outcome.principal,
        "loss": outcome.loss,
        "value_paid_out": outcome.value_paid_out,
        **{f"seized_{taken.asset}": taken.amount for taken in outcome.seized},
        **{f"seized_value_{taken.asset}": taken.value for taken in outcome.seized},
    }
