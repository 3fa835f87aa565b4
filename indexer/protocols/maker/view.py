"""One Maker deployment at one block, answering about vaults."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cached_property

from indexer.book import DeploymentBook
from indexer.errors import ArithmeticOverflow
from indexer.evm import Address, address
from indexer.protocols._interface import (
    AccountId,
    Claim,
    MarketRow,
    PositionRow,
    Projection,
    Receipt,
    Step,
    Truth,
    UpcomingPrice,
    ValueUnit,
    Weights,
)
from indexer.protocols.maker import claims, explanation, projections, screen_weights
from indexer.protocols.maker.identity import REVISION
from indexer.protocols.maker.interfaces import ilk_of, urn_of
from indexer.protocols.maker.liquidation import (
    liquidation_terms,
    prepared_moment,
    stored_moment,
    unsafe_at,
)
from indexer.protocols.maker.market_rows import market_rows, upcoming_price
from indexer.protocols.maker.state import Core, Ilk, Vault
from indexer.protocols.maker.stored import owner_of, stored_core, stored_ilks, stored_vault
from indexer.protocols.maker.vault import health_factor
from indexer.units import RAY, WAD, uint256
from indexer.words import Health, Reason, State, Terms, state_of

_UNIT = ValueUnit("dai_e45", 45, is_usd=True)
_PRICE_UNIT = ValueUnit("dai_e27", 27, is_usd=True)


class MakerView:
    """The deployment's columns read as the contracts read their storage. See `protocols/_interface.View`."""

    def __init__(self, rows: DeploymentBook, vat: Address, prices: Mapping[str, int | None] | None) -> None:
        self._rows = rows
        self._vat = vat
        self._prices = prices

    @property
    def revision(self) -> str:
        """There is one: the Vat was never replaced and has no version."""
        return REVISION

    @property
    def supported(self) -> bool:
        """Whether this revision's maths was compared with a deployed contract."""
        return True

    @cached_property
    def _core(self) -> Core:
        return stored_core(self._rows, self._vat)

    @cached_property
    def _ilks(self) -> dict[str, Ilk]:
        return stored_ilks(self._rows, self._prices)

    def accounts(self) -> Iterator[str]:
        """Every vault with collateral or debt, the system's own too."""
        for key in self._rows.accounts:
            vault = self._vault(key)
            if vault is not None and (vault.ink or vault.art):
                yield key

    def identify(self, account: str) -> AccountId:
        """The urn, whom it belongs to and who says so, and its ilk."""
        owner, how = owner_of(self._rows, account)
        return AccountId(urn_of(account), owner, ilk_of(account), how)

    def keys_of(self, address: str) -> list[str]:
        """Vaults whose urn, owner, or owner's proxy it is."""
        return self._keys_by_address.get(address, [])

    @cached_property
    def _keys_by_address(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for key in self._rows.accounts:
            whose = [urn_of(key), owner_of(self._rows, key)[0]]
            if own := self._rows.account_field(key, "own"):
                whose.append(address(own))
            for each in dict.fromkeys(whose):
                found.setdefault(each, []).append(key)
        return found

    def unit(self, account: str) -> ValueUnit:
        """Dai in rad, the unit in which the Vat compares."""
        del account
        return _UNIT

    def price_unit(self, market: str) -> ValueUnit:
        """Dai in ray, as the Spotter has it before the safety margin."""
        del market
        return _PRICE_UNIT

    def priced_asset(self, market: str) -> Address:
        """The ilk's gem."""
        return self._ilks[market].asset

    def upcoming_price(self, market: str) -> UpcomingPrice | None:
        """What the ilk's OSM holds back for up to an hour, as a poke would make a price of it."""
        ilk = self._ilks.get(market)
        return None if ilk is None else upcoming_price(ilk, self._core)

    def owes(self, account: str) -> bool:
        """Whether the vault has debt."""
        vault = self._vault(account)
        return vault is not None and vault.art != 0

    def health(self, account: str, at: int, cut_wad: int) -> Health:
        """Exact health with stored rate and spot; unknown where there is no spot: `bark` is disabled then."""
        vault = self._vault(account)
        if vault is None:
            return Health(State.HEALTHY, None, None, 0, 0, 0)
        after = self._unsafe_after(vault, at)
        if vault.ilk.spot == 0 and vault.art:
            return replace(Health.unknown(Reason.UNPRICED), liquidatable_after_accrual=after)
        try:
            factor = health_factor(vault.ink, vault.art, vault.ilk.rate, vault.ilk.spot)
            weighted, debt = uint256(vault.ink * vault.ilk.spot), uint256(vault.art * vault.ilk.rate)
        except ArithmeticOverflow:
            return Health.unknown(Reason.UNREADABLE)
        collateral = None if vault.ilk.price is None else vault.ink * vault.ilk.price
        known = debt if collateral is None else collateral
        state = state_of(factor, known, debt, threshold_wad=WAD, cut_wad=cut_wad)
        return Health(state, None, factor, collateral, weighted, debt, after)

    def liquidation(self, account: str, at: int) -> tuple[Terms, ...]:
        """The auction that `bark` starts as things are, or where that is not allowed yet, after `drip` and `poke`."""
        vault = self._vault(account)
        if vault is None or vault.art == 0:
            return ()
        moment = stored_moment(vault.ilk)
        prepared = prepared_moment(vault.ilk, self._core, at)
        try:
            if not unsafe_at(vault, moment) and prepared is not None and unsafe_at(vault, prepared):
                moment = prepared
            return (liquidation_terms(vault, self._core, moment),)
        except ArithmeticOverflow:
            return ()

    def positions(self, account: str, at: int) -> list[PositionRow]:
        """The collateral in its token's units (rounded down), and the debt in Dai (wad, rounded up)."""
        del at
        vault = self._vault(account)
        if vault is None:
            return []
        ilk, debt = vault.ilk, vault.art * vault.ilk.rate
        value = None if ilk.price is None else vault.ink * ilk.price
        out = [PositionRow(ilk.name, ilk.asset, ilk.token_units(vault.ink), 0, True, value, 0)]
        if vault.art:
            out.append(PositionRow(ilk.name, self._core.dai, 0, -(-debt // RAY), False, 0, debt))
        return out

    def proxies(self) -> Mapping[str, str]:
        """The owners of the DSProxies that managers name as owners of vaults."""
        found: dict[str, str] = {}
        for key in self._rows.accounts:
            own, principal = (self._rows.account_field(key, field) for field in ("own", "principal"))
            if own and principal:
                found[address(own)] = address(principal)
        return found

    def loan_to_value(self, account: str, market: str) -> Fraction | None:
        """One over the liquidation ratio `mat`: a vault may be drawn from up to where it is barked."""
        del account
        ilk = self._ilks.get(market)
        return Fraction(RAY, ilk.mat) if ilk is not None and ilk.mat else None

    def receipts(self, at: int) -> list[Receipt]:
        """None: what is locked in a vault has no token. Dai is a debt of vaults, not a claim on them."""
        del at
        return []

    def projection(self, account: str, at: int) -> Projection | None:
        """How far the vault is from its threshold; None without debt or without a price."""
        vault = self._vault(account)
        return None if vault is None else projections.projection(vault, self._core, at)

    def explain(self, account: str, at: int) -> list[Step]:
        """Every step; empty where there is no spot or a product overflows."""
        vault = self._vault(account)
        if vault is None or vault.ilk.spot == 0:
            return []
        try:
            return explanation.steps(vault, self._core, at)
        except ArithmeticOverflow:
            return []

    def markets_used(self, account: str) -> list[str]:
        """The vault's own ilk."""
        vault = self._vault(account)
        return [] if vault is None or not (vault.ink or vault.art) else [vault.ilk.name]

    def markets(self, at: int) -> list[MarketRow]:
        """One row an ilk, and one for the system under the Vat's address."""
        return market_rows(self._rows, self._vat, self._ilks, self._core, at)

    def price_of(self, market: str) -> int | None:
        """The price behind the stored spot, in ray; None where there is no spot."""
        ilk = self._ilks.get(market)
        return None if ilk is None else ilk.price

    def weights(self, at: int) -> Weights | None:
        """The linear screen of this deployment at `at`."""
        return screen_weights.weights(self._rows, self._ilks, self._core, at)

    def truth(self, account: str) -> Truth:
        """`Vat.urns(ilk, urn)`."""
        return claims.urn(self._vat, account)

    def comparable(self, account: str, at: int) -> dict[str, int] | None:
        """Collateral and normalised debt of the vault."""
        del at
        vault = self._vault(account)
        return {"ink": 0, "art": 0} if vault is None else {"ink": vault.ink, "art": vault.art}

    def holdings(self, account: str) -> list[Claim]:
        """Who owns the vault, as its manager says."""
        return claims.holdings(self._rows, account)

    def market_claims(self, at: int) -> list[Claim]:
        """The system's sums, every ilk in every module, and every auction."""
        return claims.markets(self._rows, self._vat, self._ilks, self._core, at)

    def _vault(self, key: str) -> Vault | None:
        return stored_vault(self._rows, self._ilks, key)

    def _unsafe_after(self, vault: Vault, at: int) -> bool | None:
        """Whether bark would go through after `drip` and `poke`; None where that cannot be told."""
        moment = prepared_moment(vault.ilk, self._core, at)
        try:
            return None if moment is None else unsafe_at(vault, moment)
        except ArithmeticOverflow:
            return None
