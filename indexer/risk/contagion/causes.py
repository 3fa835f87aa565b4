"""How what fell in a round reached an account."""

from indexer.risk.contagion.falls import Falls
from indexer.risk.contagion.seam import Standing


def causes(standing: Standing, before: Falls, now: Falls) -> tuple[tuple[str, ...], ...]:
    """Paths from what moved since `before` through the collaterals: source, tokens, market, account.

    A path that starts at a market's loss goes on from the accounts that fell in that market.
    """
    paths: dict[tuple[str, ...], None] = {}
    for held in standing.collaterals:
        known = before.sources(held.token)
        for source, left in now.sources(held.token).items():
            if source not in known or known[source] != left:
                paths[source.what, *source.tokens, str(held.market), standing.account.key] = None
    return tuple(paths)
