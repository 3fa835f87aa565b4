"""What chains are told from: the views, the look-through, the feeds and the common prices of one snapshot."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from indexer.book import Draft
from indexer.evm import Address, address
from indexer.oracles import chainlink
from indexer.parts import sight_of
from indexer.protocols._interface import View
from indexer.reports.accounts import wad
from indexer.reports.rows import incidents_of, withheld_for
from indexer.reports.snapshot import DeploymentView, Snapshot
from indexer.risk.chains import Leg
from indexer.risk.contagion.moment import Followed
from indexer.risk.contagion.stressed import StressedViews
from indexer.risk.evidence import proofs
from indexer.risk.flags import CIRCULAR_ABOVE, Judge
from indexer.risk.footprints import Account, Footprints, Sight
from indexer.risk.look_through import LookThrough
from indexer.risk.owners import Owner, owner_of
from indexer.words import Health


@dataclass
class Scene:
    """One snapshot, looked at across its deployments. Everything is found once, when it is first asked for."""

    snapshot: Snapshot
    circular_above: Fraction = CIRCULAR_ABOVE

    @cached_property
    def deployments(self) -> dict[str, DeploymentView]:
        """By name."""
        return {found.deployment.name: found for found in self.snapshot.deployments}

    @cached_property
    def views(self) -> dict[str, View]:
        """By the name of the deployment."""
        return {name: found.now for name, found in self.deployments.items()}

    @cached_property
    def unknown(self) -> list[str]:
        """Deployments about which nothing can be said: their chains are not among the rows."""
        return sorted([*self.snapshot.behind, *(name for name, view in self.views.items() if not view.supported)])

    @cached_property
    def quarantined(self) -> list[str]:
        """Deployments of which some amount is known to be wrong: it is among the rows and in the sums all the same."""
        return sorted(name for name, found in self.deployments.items() if incidents_of(self.snapshot, found))

    @cached_property
    def sight(self) -> Sight:
        """What chains are found in."""
        parts = [found.part for found in self.snapshot.deployments]
        return sight_of(parts, self.views, self.snapshot.book, self.snapshot.at, self.snapshot.asked.wrappers)

    @property
    def look(self) -> LookThrough:
        """Receipts of the followed protocols, then wrappers."""
        return self.sight.look

    @cached_property
    def footprints(self) -> Footprints:
        """Everybody's, built from all accounts."""
        return Footprints.build(self.sight)

    @cached_property
    def judge(self) -> Judge:
        """What flags are decided by."""
        return Judge(self.loan_to_value, self.feeds, self.price, self.circular_above)

    def owner(self, who: str) -> Owner:
        """One owner by his address; without a position he has no holdings."""
        wallets = self.wallets(who)
        keys = dict.fromkeys(
            Account(name, key)
            for name, view in self.views.items()
            for wallet in wallets
            for key in view.keys_of(wallet)
        )
        return self._owner(who, [account for account in keys if self.sight.owner_of(account) == who])

    def owners(self) -> list[Owner]:
        """Everybody who has a chain, by address."""
        return [self._owner(who, self.footprints.accounts_of(who)) for who in self.footprints.linked]

    def _owner(self, who: str, accounts: Sequence[Account]) -> Owner:
        known = [proof for wallet in self.wallets(who) for proof in proofs(self.snapshot.book, wallet)]
        return owner_of(who, accounts, self.sight, self.health, known)

    def wallets(self, who: str) -> list[str]:
        """The owner's own address, and his smart wallets."""
        return [who, *(wallet for wallet, owner in self.sight.proxies.items() if owner == who)]

    def health(self, account: Account) -> Health:
        """What may be said about an account: as everywhere else, nothing where it is withheld."""
        found = self.deployments[account.deployment]
        withheld = withheld_for(self.snapshot, found, account.key)
        if withheld:
            return Health.unknown(withheld)
        return found.now.health(account.key, self.snapshot.at, wad(self.snapshot.asked.watch_below))

    def loan_to_value(self, leg: Leg) -> Fraction | None:
        """What the collateral lets its account borrow."""
        return self.views[leg.side.deployment].loan_to_value(leg.side.account, leg.side.market)

    def feeds(self, leg: Leg) -> frozenset[Address]:
        """The feeds behind the price of a collateral's market: an adapter's legs, else the source itself."""
        return self.feeds_of(leg.side.deployment, leg.side.market)

    def feeds_of(self, deployment: str, market: str) -> frozenset[Address]:
        """The same of a market."""
        return self._feeds.get((deployment, market), frozenset())

    def price(self, token: Address) -> Fraction | None:
        """Dollars a raw unit, as the first deployment that counts in dollars prices the token; exact."""
        return self._prices.get(token)

    def whole_price(self, token: Address) -> Fraction | None:
        """Dollars for one whole token; exact."""
        price, known = self.price(token), self.snapshot.tokens.get(token)
        return None if price is None or known is None or known.decimals is None else price * 10**known.decimals

    @property
    def priced(self) -> Collection[Address]:
        """The tokens that have a common price."""
        return self._prices.keys()

    @cached_property
    def known_tokens(self) -> Collection[Address]:
        """Every token that a deployment lists, and all that these stand for."""
        draft = Draft(self.snapshot.book)
        parts = [found.part for found in self.snapshot.deployments]
        listed = {asset for part in parts for asset in part.protocol.assets(part.deployment, draft)}
        passed = {token for each in self.look.conversions for token in self.look.route(each).tokens}
        return listed | passed | set(self.priced)

    @cached_property
    def stressed(self) -> StressedViews:
        """The deployments at any falls of prices."""
        ref, book = self.snapshot.ref, self.snapshot.book
        followed = [
            Followed(found.part.protocol, found.deployment, book[name], found.now, ref.number, self._is_withheld(found))
            for name, found in self.deployments.items()
        ]
        return StressedViews(followed, self.snapshot.at, self.whole_price)

    def _is_withheld(self, found: DeploymentView) -> bool:
        """Whether nothing may be said about the deployment's accounts, all of them."""
        if self.snapshot.is_behind or not self.snapshot.is_proven:
            return True
        return bool(incidents_of(self.snapshot, found))

    @cached_property
    def _feeds(self) -> dict[tuple[str, str], frozenset[Address]]:
        out = {}
        for name, found in self.deployments.items():
            for market, source in found.part.protocol.sources(found.deployment, self.snapshot.book).items():
                legs = chainlink.provenance(self.snapshot.book, source).legs
                out[name, market] = frozenset(legs or (source,))
        return out

    @cached_property
    def _prices(self) -> dict[Address, Fraction]:
        out: dict[Address, Fraction] = {}
        for found in self.snapshot.deployments:
            for market in found.part.protocol.sources(found.deployment, self.snapshot.book):
                asset, unit, price = (
                    found.now.priced_asset(market),
                    found.now.price_unit(market),
                    found.now.price_of(market),
                )
                token = self.snapshot.tokens.get(address(asset))
                if unit.is_usd and price and token is not None and token.decimals is not None:  # 0 is no price
                    out.setdefault(asset, Fraction(price, 10 ** (unit.decimals + token.decimals)))
        return out
