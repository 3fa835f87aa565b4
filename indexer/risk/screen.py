"""Screen wide: one float64 pass tells which accounts could lie under a cut; only those are computed exactly.

Knows no protocol. The bound is proven in docs/screen.md: with k terms in an account's sums, float64 summation of
products errs by at most (k + 8) * 2**-53 relatively; what the contracts' own truncations can cost is in the
weights' absolute losses. The screen may name too many accounts, never too few.
"""

import numpy as np
import numpy.typing as npt

from indexer.book import DeploymentBook
from indexer.protocols._interface import Weights

_ULP = 2.0**-53
_SLACK_TERMS = 16
"""Roundings outside the sums: conversion of amounts and weights to float64, the cut, the final quotient."""


def candidates(rows: DeploymentBook, weights: Weights, cut_wad: int) -> npt.NDArray[np.int64]:
    """Account rows whose exact health factor could be below `cut_wad`, and those the screen cannot judge."""
    accounts = len(rows.accounts)
    if rows.position_count == 0:
        return np.zeros(0, np.int64)
    owner, market = rows.position_links()
    risk_class = weights.classes[owner]
    supply = rows.position_floats(weights.supply_field)
    flagged = rows.position_floats(weights.flag_field) != 0
    owed = rows.position_floats(weights.debt_field)
    collateral = weights.collateral[risk_class, market] * supply - weights.collateral_loss[risk_class, market]
    debt = weights.debt[risk_class, market] * owed + weights.debt_loss[risk_class, market]
    # A collateral term is never negative in the contract, so its lower bound may be raised to zero.
    collateral = np.where(flagged, np.maximum(collateral, 0.0), 0.0)
    debt = np.where(owed > 0, debt, 0.0)
    not_linear = rows.position_floats(weights.always_field) != 0
    unjudged = np.isnan(collateral) | np.isnan(debt) | not_linear

    terms = np.bincount(owner, minlength=accounts)
    margin = (terms + _SLACK_TERMS) * _ULP
    lower = np.bincount(owner, weights=collateral, minlength=accounts) * (1 - margin)
    upper = np.bincount(owner, weights=debt, minlength=accounts) * (1 + margin)
    below = (upper > 0) & (lower < upper * (cut_wad / 10**18) * (1 + margin))
    return np.flatnonzero(below | (np.bincount(owner, weights=unjudged, minlength=accounts) > 0)).astype(np.int64)
