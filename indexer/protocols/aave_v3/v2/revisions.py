"""How Aave V2 computes, as a row of the same flags as V3, and which pool revisions do."""

from indexer.protocols.aave_v3.revisions import Compounding, Rules

_RULES = Rules(
    2,
    "v2",
    tested=True,
    compounding=Compounding.TRUNCATED,
    borrow_index_needs_liquidity_rate=True,
    stable_debt=True,
    sentinel=False,
)
"""`GenericLogic`, `ReserveLogic`, `MathUtils` and tokens of aave/protocol-v2 1.0.1, compared with that contract."""

_SAME_MATHS = frozenset((2, 3, 4, 5))
"""`LENDINGPOOL_REVISION`s with these libraries. 2 is 1.0.1. By the published differences of the deployed sources
(bgd-labs) 4 adds `rescueTokens`, 5 `swapToVariable` and the end of stable loans, and 3 and 5 differ in whom the
rates are asked of; none touches what is computed here. Those three were read, not run."""


def rules_for(pool_revision: int) -> Rules | None:
    """The rules of a `LENDINGPOOL_REVISION`, None for one whose source was not read."""
    return _RULES if pool_revision in _SAME_MATHS else None
