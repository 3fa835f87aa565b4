"""Collateral chains of one owner: which of his debts may stand behind which of his collaterals, and by how much.

An edge is a pair of a debt and a collateral that look through to one base asset. Its amounts are raw units of that
base: `low` is what single transactions prove, `high` the stock bound, never more than the debt nor than the collateral.
Pairs that compete for one debt or one collateral share `total`, the most they can carry together; nothing between the
bounds is invented. Source: the debt-financed collateral of Darlin, Papadopoulos, Tassiulas 2022, as bounds.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from indexer.evm import Address
from indexer.risk.evidence import Pair, Proof, Side
from indexer.risk.look_through import Conversion, End, Route, passed


@dataclass(frozen=True, slots=True)
class Leg:
    """A debt or a collateral of a position: raw units of its token, and the token's way to its base asset."""

    side: Side
    owner: str
    asset: Address
    amount: int
    route: Route

    @property
    def base(self) -> Address | None:
        """The base asset; None where the token leads nowhere."""
        return self.route.base

    @property
    def base_amount(self) -> int | None:
        """In base units, rounded down at each step; None where a rate cannot be read."""
        return self.route.redeem(self.amount)


@dataclass(frozen=True, slots=True)
class Reuse:
    """A debt that may be a collateral again: `source` owes what `target` has put up. None: a rate cannot be read."""

    source: Leg
    target: Leg
    base: Address
    low: int | None
    high: int | None
    total: int | None
    """The most that all pairs of this owner and base asset carry together: min(all debts, all collaterals)."""

    @property
    def is_recursive(self) -> bool:
        """Whether the deployment lends on what it lent itself."""
        return self.source.side.deployment == self.target.side.deployment

    @property
    def is_hearsay(self) -> bool:
        """Whether both amounts are what tokens say of themselves: then neither bounds the other."""
        return self.source.route.is_hearsay and self.target.route.is_hearsay

    @property
    def pair(self) -> Pair:
        """The pair as evidence names it."""
        return Pair(self.source.side, self.source.asset, self.target.side, self.target.asset)

    @property
    def end(self) -> End:
        """How far both sides could be looked through: at the base, or why not."""
        return _end((self.source.route.end, self.target.route.end), self.high)

    @property
    def path(self) -> tuple[str, ...]:
        """Deployment, the tokens passed through, deployment."""
        tokens = passed(self.source.route, self.target.route)
        return (self.source.side.deployment, *tokens, self.target.side.deployment)


@dataclass(frozen=True, slots=True)
class ReceiptEdge:
    """A collateral that is a receipt of another deployment: what is lost there is lost here."""

    deployment: str
    market: str
    target: Leg
    asset: Address
    amount: int | None
    """What the collateral stands for in that market, raw units of `asset`; None where a rate cannot be read."""
    holder: Address | None = None
    """The wrapper or vault that lends there; None where the collateral itself is the receipt."""
    most: int | None = None
    """Raw units of `asset` that the holder has there, never less than `amount`; None: not looked at."""

    @property
    def base_amount(self) -> int | None:
        """The amount in base units; None where a rate cannot be read."""
        amount, tokens = self.amount, self.target.route.tokens
        for step in self.target.route.steps[tokens.index(self.asset) :]:
            amount = None if amount is None else step.pay_out(amount)
        return amount

    @property
    def end(self) -> End:
        """How far the collateral could be looked through."""
        return _end((self.target.route.end,), self.amount)

    @property
    def name(self) -> str:
        """The edge as the market of an entity."""
        return "|".join(("receipt", self.deployment, self.market, *self.target.side, self.target.asset))

    @property
    def path(self) -> tuple[str, ...]:
        """Deployment, the tokens from what it owes to what is put up, deployment."""
        tokens = self.target.route.tokens
        up = reversed(tokens[: tokens.index(self.asset) + 1])
        return (self.deployment, *up, self.target.side.deployment)


def reuses(debts: Sequence[Leg], collaterals: Sequence[Leg], proofs: Iterable[Proof] = ()) -> list[Reuse]:
    """Every pair of one owner whose tokens look through to one base asset, in the order of debts and collaterals."""
    proven = {(proof.pair.source, proof.pair.target): proof for proof in proofs}
    totals = _totals(debts, collaterals)
    found = []
    for debt in debts:
        for collateral in collaterals:
            base = debt.base
            if base is None or base != collateral.base:
                continue
            high = stock_bound(debt.base_amount, collateral.base_amount)
            if high == 0:
                continue
            low = (
                None
                if high is None
                else min(high, _certain(proven.get((debt.side, collateral.side)), debt, collateral))
            )
            found.append(Reuse(debt, collateral, base, low, high, totals[base]))
    return found


def stock_bound(debt: int | None, collateral: int | None) -> int | None:
    """What a debt can have to do with a collateral at most; None where one of them is not known."""
    return None if debt is None or collateral is None else min(debt, collateral)


def receipt_edges(collaterals: Iterable[Leg]) -> list[ReceiptEdge]:
    """The receipts of other deployments among these collaterals, of each no more than is there."""
    found = []
    for leg in collaterals:
        amount: int | None = leg.amount
        before: Conversion | None = None
        for step in leg.route.steps:
            amount = None if amount is None else step.pay_out(amount)
            if step.deployment and step.deployment != leg.side.deployment:
                holder = before if step.market else step  # a vault's own step names no market
                most = None if holder is None else holder.most
                there = amount if amount is None or most is None else min(amount, most)
                where = (step.deployment, step.market, leg, step.underlying)
                found.append(ReceiptEdge(*where, there, None if holder is None else holder.token, most))
            before = step
    return found


_WORST = (End.CYCLE, End.TOO_DEEP, End.UNREADABLE, End.UNDECIDED)


def _end(ends: Collection[End], amount: int | None) -> End:
    """The worst of these; unreadable too where the rates are told and what they make is more than a token can have."""
    worst = next((end for end in _WORST if end in ends), End.BASE)
    return End.UNREADABLE if amount is None and worst in (End.BASE, End.UNDECIDED) else worst


def _totals(debts: Iterable[Leg], collaterals: Iterable[Leg]) -> Mapping[Address, int | None]:
    """By base asset: min(sum of debts, sum of collaterals), since every debt may go with every collateral."""
    sums: list[dict[Address, int | None]] = [{}, {}]
    for side, legs in zip(sums, (debts, collaterals), strict=True):
        for leg in legs:
            if leg.base is not None:
                before, amount = side.get(leg.base, 0), leg.base_amount
                side[leg.base] = None if before is None or amount is None else before + amount
    return {base: stock_bound(sums[0][base], sums[1][base]) for base in sums[0].keys() & sums[1].keys()}


def _certain(proof: Proof | None, debt: Leg, collateral: Leg) -> int:
    """What the proof makes certain at this block's rates, in base units, rounded down."""
    if proof is None or not _is_about(proof.pair, debt, collateral):
        return 0
    if debt.asset == collateral.asset:
        return debt.route.redeem(proof.proven) or 0
    worth, price = collateral.route.share, debt.route.share
    if worth is None or not price:
        return 0
    return debt.route.redeem(proof.certain(Fraction(worth, price))) or 0


def _is_about(pair: Pair, debt: Leg, collateral: Leg) -> bool:
    return (pair.debt_asset, pair.collateral_asset) == (debt.asset, collateral.asset)
