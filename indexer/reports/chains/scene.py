"""What chains are told from: the views, the look-through, the feeds and the common prices of one snapshot."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from indexer.book import Draft
from indexer.evm import Address, address
from indexer.oracles import chainlink
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
from indexer.risk.look_through import Conversion, LookThrough
from indexer.risk.owners import Owner, owner_of
from indexer.words import Health
from indexer.wrappers import Wrapper, WrapperClass, is_known, wrappers

RECEIPT = "receipt"
"""The kind of a conversion that a followed protocol answers for."""


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
    def look(self) -> LookThrough:
        """Receipts of the followed protocols, then wrappers."""
        receipts = [
            Conversion(r.token, r.asset, r.numerator, r.denominator, RECEIPT, name, r.market)
            for name, view in self.views.items()
            for r in view.receipts(self.snapshot.at)
        ]
        issued = {receipt.token: receipt for receipt in receipts}
        wrapped = [self._conversion(w, issued) for w in wrappers(self.snapshot.book).values()]
        undecided = [t for t in self._assets if t not in issued and not is_known(self.snapshot.book, t)]
        return LookThrough([*receipts, *wrapped], undecided)

    def _conversion(self, wrapper: Wrapper, issued: Mapping[Address, Conversion]) -> Conversion:
        """A wrapper's step, with what it has lent where: through the receipts it wraps, or as a vault by itself."""
        token, under, receipt = wrapper.token, wrapper.underlying, issued.get(wrapper.underlying)
        if receipt is not None:
            view, lent_to = self.views[receipt.deployment], ""
            most: int | None = self._supplied(view, token, receipt.underlying, receipt.market)
        else:
            lent_to, most = self._lent_to(wrapper)
        hearsay = token not in self.snapshot.asked.wrappers
        rate, kind = (wrapper.numerator, wrapper.denominator), wrapper.kind.value
        return Conversion(token, under, *rate, kind, lent_to, most=most, is_hearsay=hearsay)

    def _lent_to(self, wrapper: Wrapper) -> tuple[str, int | None]:
        """The deployment in which a vault lends most of what it holds, and how much it lends there.

        ("", None) where it is no vault, or lends nothing. Anybody may supply a little on behalf of a vault: so not
        where it has anything counts, but how much.
        """
        if wrapper.kind.wrapper_class is not WrapperClass.CLAIM:
            return "", None
        lent = {name: self._supplied(view, wrapper.token, wrapper.underlying) for name, view in self.views.items()}
        most = max(lent, key=lambda name: lent[name], default="")
        return (most, lent[most]) if most and lent[most] else ("", None)

    def _supplied(self, view: View, holder: Address, asset: Address, market: str | None = None) -> int:
        """What a token's own contract has supplied of an asset, in one market or all."""
        rows = (row for key in view.keys_of(holder) for row in view.positions(key, self.snapshot.at))
        return sum(row.supplied for row in rows if row.asset == asset and market in (None, row.market))

    @cached_property
    def _assets(self) -> dict[Address, None]:
        draft = Draft(self.snapshot.book)
        found = (part.protocol.assets(part.deployment, draft) for part in (d.part for d in self.snapshot.deployments))
        return dict.fromkeys(asset for assets in found for asset in assets)

    @cached_property
    def sight(self) -> Sight:
        """What chains are found in."""
        proxies = {wallet: owner for view in self.views.values() for wallet, owner in view.proxies().items()}
        return Sight(self.views, self.look, self.snapshot.at, proxies)

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
                if unit.is_usd and price is not None and token is not None and token.decimals is not None:
                    out.setdefault(asset, Fraction(price, 10 ** (unit.decimals + token.decimals)))
        return out
