"""Where vaults lend what stands behind their shares, as the followed deployments know it."""

from collections.abc import Mapping
from fractions import Fraction

from indexer.evm import Address, address
from indexer.protocols._interface import View
from indexer.risk.contagion.falls import Backing
from indexer.risk.contagion.shock import MarketId
from indexer.risk.look_through import LookThrough


def allocations(views: Mapping[str, View], look: LookThrough, at: int) -> list[Backing]:
    """A backing for each market in which a wrapper's own contract supplies what it stands for, accrued to `at`.

    Of everything it supplies: what it keeps, or lends elsewhere, nobody tells here, so a loss is rather over-stated.
    One pass over the accounts.
    """
    supplied: dict[Address, dict[MarketId, int]] = {}
    vaults = {token: step.underlying for token, step in look.conversions.items() if not step.market}
    for name, view in views.items() if vaults else ():
        for key in view.accounts():
            vault = address(view.identify(key).account)
            if vault not in vaults:
                continue
            for row in view.positions(key, at):
                if row.supplied and row.asset == vaults[vault]:
                    own, market = supplied.setdefault(vault, {}), MarketId(name, row.market)
                    own[market] = own.get(market, 0) + row.supplied
    return [
        Backing(vault, market, Fraction(amount, sum(own.values())))
        for vault, own in supplied.items()
        for market, amount in own.items()
    ]
