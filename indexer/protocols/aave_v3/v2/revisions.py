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
"""`GenericLogic`, `ReserveLogic`, `MathUtils` and the tokens of aave/protocol-v2 1.0.1."""

_SAME_MATHS = frozenset((2, 3, 4, 5))
"""`LENDINGPOOL_REVISION`s that were compared: 2 is 1.0.1 (devnet), 3 to 5 are Ethereum's later pools
(tests/golden/aave_v2). 4 brought `rescueTokens`, 5 `swapToVariable` and the end of stable loans."""


def rules_for(pool_revision: int) -> Rules | None:
    """The rules of a `LENDINGPOOL_REVISION`, None for one that was not compared."""
    return _RULES if pool_revision in _SAME_MATHS else None
