"""Screen wide: one float64 pass tells which accounts could lie under a cut; only those are computed exactly.

Knows no protocol. The bound is proven in docs/screen.md: everything is rounded in the safe direction, collateral
down and debt up. What the contracts' own truncations can cost stands in the weights' losses; what float64 can cost,
in `_TERM` (before the losses are taken off, because a small difference of large numbers keeps no relative error)
and in a margin that grows with the number of an account's positions. It may name too many accounts, never too few.
"""

import numpy as np
import numpy.typing as npt

from indexer.book import DeploymentBook
from indexer.protocols._interface import Weights

_UNIT_ROUNDOFF = 2.0**-53
_TERM = 16 * _UNIT_ROUNDOFF
"""More than the relative error of a weight times an amount, or of a loss (docs/screen.md: 14 roundings)."""
_SLACK_TERMS = 16
"""Roundings outside the sums: the clamped terms, the cut, the final products."""


def candidates(rows: DeploymentBook, weights: Weights, cut_wad: int) -> npt.NDArray[np.int64]:
    """Account rows whose exact health factor could be below `cut_wad`, and those the screen cannot judge."""
    accounts = len(rows.accounts)
    if rows.position_count == 0:
        return np.zeros(0, np.int64)
    owner, market = rows.position_links()
    risk_class = weights.classes[owner]
    supply = rows.position_floats(weights.supply_field)
    flagged = _flags(rows, weights.flag_field)
    owed = rows.position_floats(weights.debt_field)
    slot = (risk_class, market)
    collateral = (weights.collateral * (1 - _TERM))[slot] * supply - (weights.collateral_loss * (1 + _TERM))[slot]
    debt = (weights.debt * (1 + _TERM))[slot] * _divided(rows, owed, weights.debt_divisor_field) + (
        weights.debt_loss * (1 + _TERM)
    )[slot]
    # A collateral term is never negative in the contract, so its lower bound may be raised to zero.
    collateral = np.where(flagged, np.maximum(collateral, 0.0), 0.0)
    debt = np.where(owed > 0, debt, 0.0)
    unjudged = np.isnan(collateral) | np.isnan(debt)
    unjudged |= np.maximum(np.where(flagged, supply, 0.0), owed) > weights.amount_limit
    for field in weights.always_fields:
        unjudged |= rows.position_floats(field) != 0

    margin = (np.bincount(owner, minlength=accounts) + _SLACK_TERMS) * _UNIT_ROUNDOFF
    lower = np.bincount(owner, weights=collateral, minlength=accounts) * (1 - margin)
    upper = np.bincount(owner, weights=debt, minlength=accounts) * (1 + margin)
    below = (upper > 0) & (lower < upper * (cut_wad / 10**18) * (1 + margin))
    return np.flatnonzero(below | (np.bincount(owner, weights=unjudged, minlength=accounts) > 0)).astype(np.int64)


def _flags(rows: DeploymentBook, field: str) -> npt.NDArray[np.bool_]:
    if not field:
        return np.full(rows.position_count, fill_value=True)
    flags: npt.NDArray[np.bool_] = rows.position_floats(field) != 0
    return flags


def _divided(rows: DeploymentBook, owed: npt.NDArray[np.float64], field: str) -> npt.NDArray[np.float64]:
    """What is owed over its own divisor; a debt whose divisor is missing is not judged."""
    if not field:
        return owed
    divisor = rows.position_floats(field)
    return owed / np.where(divisor > 0, divisor, np.nan)
