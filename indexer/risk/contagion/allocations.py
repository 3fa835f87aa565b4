"""Where vaults lend what stands behind their shares, as the followed deployments know it."""

from collections.abc import Collection, Mapping
from fractions import Fraction

from indexer.evm import Address, address
from indexer.protocols._interface import View
from indexer.risk.contagion.falls import Backing
from indexer.risk.contagion.shock import MarketId
from indexer.risk.look_through import LookThrough


def allocations(views: Mapping[str, View], look: LookThrough, at: int) -> list[Backing]:
    """A backing for each market in which a wrapper's own contract supplies what it stands for, accrued to `at`.

    Of everything it supplies, and of no less than what its shares in the followed deployments stand for: anybody may
    supply a little on behalf of a vault, and its shares must not fall by more than it lent. What else it keeps, or
    lends elsewhere, nobody tells here, so a loss is rather over-stated. Two passes over the accounts at most.
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
    claims = _claims(views, look, supplied, at)
    return [
        Backing(vault, market, Fraction(amount, max(sum(own.values()), claims[vault])))
        for vault, own in supplied.items()
        for market, amount in own.items()
    ]


def _claims(views: Mapping[str, View], look: LookThrough, vaults: Collection[Address], at: int) -> dict[Address, int]:
    """What the shares of each vault in the followed deployments stand for, raw units of its underlying; 0: unknown."""
    shares = dict.fromkeys(vaults, 0)
    for view in views.values() if vaults else ():
        for key in view.accounts():
            for row in view.positions(key, at):
                if row.asset in shares:
                    shares[row.asset] += row.supplied
    return {vault: look.conversions[vault].pay_out(amount) or 0 for vault, amount in shares.items()}
