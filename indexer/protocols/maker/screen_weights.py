"""The linear screen of Maker: a unit of collateral weighs its spot, a unit of debt its rate; no product is rounded.

Spot is the lower one of the stored and the poked, rate the higher one of the stored and the dripped, so that what is
liquidatable only after both is named too. The bound is proven in docs/screen.md.
"""

import math
from collections.abc import Mapping

import numpy as np

from indexer.book import DeploymentBook
from indexer.protocols._interface import Weights
from indexer.protocols.maker.liquidation import prepared_moment
from indexer.protocols.maker.state import Core, Ilk

AMOUNT_LIMIT = 2.0**112
"""Below it a product with a spot or rate below `_WORD_LIMIT` stays in a uint256."""
_WORD_LIMIT = 2**128


def weights(rows: DeploymentBook, ilks: Mapping[str, Ilk], core: Core, at: int) -> Weights:
    """Weights at timestamp `at`, in rad per wad; there is one risk class, and nothing is lost to rounding."""
    shape = (1, len(rows.market_names))
    collateral, debt, nothing = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for column, name in enumerate(rows.market_names):
        ilk = ilks.get(name)
        spot, rate = (math.nan, math.nan) if ilk is None else _weights_of(ilk, core, at)
        collateral[0, column], debt[0, column] = spot, rate
    return Weights(
        np.zeros(len(rows.accounts), np.int64),
        collateral,
        nothing,
        debt,
        nothing,
        supply_field="ink",
        flag_field="",
        debt_field="art",
        always_fields=(),
        amount_limit=AMOUNT_LIMIT,
    )


def _weights_of(ilk: Ilk, core: Core, at: int) -> tuple[float, float]:
    """Spot and rate; without a spot a debt cannot be judged, and collateral alone needs not be."""
    moment = prepared_moment(ilk, core, at)
    spot, rate = ilk.spot, ilk.rate
    if spot == 0:
        return 0.0, math.nan
    if moment is not None:
        spot, rate = min(spot, moment.spot) if moment.spot else spot, max(rate, moment.rate)
    if max(ilk.spot, rate) >= _WORD_LIMIT:
        return math.nan, math.nan
    return float(spot), float(rate)
