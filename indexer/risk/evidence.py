"""What single transactions prove: debt taken and collateral put up by one owner in one of them.

Kept like everything else as integers that change, so that history, undo and late syncs need nothing of their own: under
the entity ("reuse", pair, owner). Two tokens of one kind need one integer, `proven`. Where the tokens differ (the debt
was wrapped on its way, or swapped: only the rates tell), the sums of both sides are kept with the extremes of their
ratio, which bound the sum of the transactions' minima from below at any rate (`certain`).

Whatever leaves either side is taken off what was proven, as if the proven part had left first: what remains is certain.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from indexer.book import Book, Draft, Entity
from indexer.evm import Address
from indexer.protocols._interface import Flow, FlowKind

DEPLOYMENT = "reuse"
"""The pseudo deployment of these entities: its accounts are owners, its markets are pairs."""
_SEPARATOR = "|"
_TAKEN = ("borrowed", "deposited")
_STEEPEST = ("steepest_borrowed", "steepest_deposited")
_FLATTEST = ("flattest_borrowed", "flattest_deposited")
_GONE = ("repaid", "withdrawn")
_FIELDS = (*_TAKEN, *_STEEPEST, *_FLATTEST, *_GONE)


class Side(NamedTuple):
    """One market of one account: where debt comes from, or where collateral goes."""

    deployment: str
    account: str
    market: str


class Pair(NamedTuple):
    """A debt and a collateral; the tokens are those that moved."""

    source: Side
    debt_asset: Address
    target: Side
    collateral_asset: Address

    @property
    def name(self) -> str:
        """The pair as the market of an entity."""
        return _SEPARATOR.join((*self.source, self.debt_asset, *self.target, self.collateral_asset))

    @classmethod
    def parse(cls, name: str) -> "Pair":
        """The pair of a name."""
        parts = name.split(_SEPARATOR)
        return cls(Side(*parts[:3]), Address(parts[3]), Side(*parts[4:7]), Address(parts[7]))

    def entity(self, owner: str) -> Entity:
        """Where its integers live."""
        return Entity(DEPLOYMENT, self.name, owner)


@dataclass(frozen=True, slots=True)
class Proof:
    """What transactions proved of one pair, raw units of the debt's and of the collateral's token."""

    pair: Pair
    proven: int
    borrowed: int = 0
    deposited: int = 0
    steepest: Fraction = Fraction(0)
    """The most that was borrowed for one unit deposited, in one transaction."""
    flattest: Fraction = Fraction(0)
    repaid: int = 0
    withdrawn: int = 0

    def certain(self, rate: Fraction) -> int:
        """Units of the debt's token that are certain, where one unit of the collateral's is worth `rate` of them.

        For transactions (b, q) the sum of min(b, rate * q) is at least both B * min(1, rate / steepest) and
        Q * min(rate, flattest), where B, Q are the sums: each minimum is at least b * min(1, rate * q / b), and at
        least q * min(rate, b / q). Exact where all transactions are short of the same side. Rounded down.
        """
        if self.pair.debt_asset == self.pair.collateral_asset:
            return self.proven
        if not self.borrowed or not self.deposited:
            return 0
        by_debt = self.borrowed * min(Fraction(1), rate / self.steepest)
        by_collateral = self.deposited * min(rate, self.flattest)
        left = max(by_debt, by_collateral) - self.repaid - self.withdrawn * rate
        return max(0, left.numerator // left.denominator)


class _Net(NamedTuple):
    owner: str
    side: Side
    asset: Address
    amount: int


class Moved(NamedTuple):
    """A flow and the deployment it belongs to."""

    deployment: str
    flow: Flow


def apply_flows(flows: Iterable[Moved], order: Iterable[str], draft: Draft) -> None:
    """Fold one block's flows into the draft; `order` names its transactions as they were mined."""
    ledger = _Ledger(draft)
    by_transaction: dict[str, list[Moved]] = {transaction: [] for transaction in order}
    for each in flows:
        by_transaction[each.flow.transaction].append(each)
    for moved in by_transaction.values():
        debts = _net(moved, FlowKind.BORROW, FlowKind.REPAY)
        collaterals = _net(moved, FlowKind.DEPOSIT, FlowKind.WITHDRAW)
        for debt in debts:
            if debt.amount < 0:
                ledger.debit_source(debt)
        for collateral in collaterals:
            if collateral.amount < 0:
                ledger.debit_target(collateral)
        for pair, owner, borrowed, deposited in _proven(debts, collaterals):
            ledger.credit(pair, owner, borrowed, deposited)


def proofs(book: Book | Draft, owner: str) -> list[Proof]:
    """What is proven of an owner."""
    rows = (book.book if isinstance(book, Draft) else book)[DEPLOYMENT]
    found = []
    for name, _ in rows.positions_of(owner):
        pair = Pair.parse(name)
        where = pair.entity(owner)
        values = {field: book.get(where, field) or 0 for field in ("proven", *_FIELDS)}
        if values["proven"] or values["borrowed"]:
            found.append(_proof(pair, values))
    return found


def owners(book: Book) -> list[str]:
    """Everybody of whom something was ever proven."""
    return book[DEPLOYMENT].accounts


def _proof(pair: Pair, values: Mapping[str, int]) -> Proof:
    return Proof(
        pair,
        values["proven"],
        values["borrowed"],
        values["deposited"],
        Fraction(values[_STEEPEST[0]], values[_STEEPEST[1]] or 1),
        Fraction(values[_FLATTEST[0]], values[_FLATTEST[1]] or 1),
        values["repaid"],
        values["withdrawn"],
    )


def _net(moved: Iterable[Moved], plus: FlowKind, minus: FlowKind) -> list[_Net]:
    """What one transaction did to each side, on balance: what is borrowed and paid back in it nets to zero."""
    sums: dict[tuple[str, Side, Address], int] = {}
    for deployment, flow in moved:
        if flow.kind in (plus, minus):
            key = (flow.owner, Side(deployment, flow.account, flow.market), flow.asset)
            sums[key] = sums.get(key, 0) + (flow.amount if flow.kind == plus else -flow.amount)
    return [_Net(*key, amount) for key, amount in sums.items() if amount]


def _proven(debts: Sequence[_Net], collaterals: Sequence[_Net]) -> Iterable[tuple[Pair, str, int, int]]:
    """The pairs of one transaction: (pair, owner, borrowed, deposited).

    Of one token on both sides: what each pair carries at least where as much as possible is carried, by what was
    withdrawn and to what was repaid in it too: who moves debt and collateral to another place proves nothing. Of
    different tokens: both sides as they are, where the owner has one debt and one collateral of other tokens and
    nothing of his was repaid or withdrawn; else who carried what cannot be told, and nothing is proven.
    """
    for owner in dict.fromkeys(debt.owner for debt in debts):
        own = [[each for each in side if each.owner == owner] for side in (debts, collaterals)]
        rows, columns = ([each for each in side if each.amount > 0] for side in own)
        gone, back = ([each for each in side if each.amount < 0] for side in own)
        for asset in dict.fromkeys(row.asset for row in rows):
            same_rows, same_columns = _of(rows, asset), _of(columns, asset)
            sent = sum(each.amount for each in same_rows) - sum(each.amount for each in _of(back, asset))
            taken = sum(each.amount for each in same_columns) - sum(each.amount for each in _of(gone, asset))
            for row in same_rows:
                for column in same_columns:
                    least = _least(row, column, sent, taken)
                    if least:
                        yield Pair(row.side, asset, column.side, asset), owner, least, least
        if not gone and not back and len(rows) == len(columns) == 1 and rows[0].asset != columns[0].asset:
            pair = Pair(rows[0].side, rows[0].asset, columns[0].side, columns[0].asset)
            yield pair, owner, rows[0].amount, columns[0].amount


def _of(nets: Iterable[_Net], asset: Address) -> list[_Net]:
    return [each for each in nets if each.asset == asset]


def _least(row: _Net, column: _Net, sent: int, taken: int) -> int:
    """What the pair carries at least when the whole is as large as it can be: the whole less what fits without it."""
    without = sent - row.amount + taken - column.amount
    return max(0, min(sent, taken) - without)


class _Ledger:
    """The proofs of the owners of one block, through the draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._pairs: dict[str, dict[Pair, None]] = {}

    def credit(self, pair: Pair, owner: str, borrowed: int, deposited: int) -> None:
        where = pair.entity(owner)
        self._of(owner).setdefault(pair)
        if pair.debt_asset == pair.collateral_asset:
            self._draft.set(where, "proven", self._draft.number(where, "proven") + min(borrowed, deposited))
            return
        self._extreme(where, _STEEPEST, borrowed, deposited)
        self._extreme(where, _FLATTEST, borrowed, deposited)
        for field, amount in zip(_TAKEN, (borrowed, deposited), strict=True):
            self._draft.set(where, field, self._draft.number(where, field) + amount)

    def debit_source(self, debt: _Net) -> None:
        for pair in self._of(debt.owner):
            if pair.source == debt.side and pair.debt_asset == debt.asset:
                self._debit(pair.entity(debt.owner), 0, -debt.amount)

    def debit_target(self, collateral: _Net) -> None:
        for pair in self._of(collateral.owner):
            if pair.target == collateral.side and pair.collateral_asset == collateral.asset:
                self._debit(pair.entity(collateral.owner), 1, -collateral.amount)

    def _debit(self, where: Entity, side: int, amount: int) -> None:
        if proven := self._draft.number(where, "proven"):
            self._draft.set(where, "proven", max(0, proven - amount) or None)
        if not (taken := self._draft.number(where, _TAKEN[side])):
            return
        gone = self._draft.number(where, _GONE[side]) + amount
        if gone < taken:
            self._draft.set(where, _GONE[side], gone)
            return
        for field in _FIELDS:  # nothing of it can be left
            if self._draft.get(where, field) is not None:
                self._draft.set(where, field, None)

    def _extreme(self, where: Entity, fields: tuple[str, str], borrowed: int, deposited: int) -> None:
        """Keep the ratio as the steepest where it is above the one kept, as the flattest where it is below."""
        kept = self._draft.number(where, fields[0]), self._draft.number(where, fields[1])
        difference = borrowed * kept[1] - kept[0] * deposited
        if not kept[1] or (difference > 0 if fields is _STEEPEST else difference < 0):
            self._draft.set(where, fields[0], borrowed)
            self._draft.set(where, fields[1], deposited)

    def _of(self, owner: str) -> dict[Pair, None]:
        if owner not in self._pairs:
            rows = self._draft.book[DEPLOYMENT]
            self._pairs[owner] = {Pair.parse(name): None for name, _ in rows.positions_of(owner)}
        return self._pairs[owner]
