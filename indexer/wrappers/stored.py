"""What is stored of wrappers, under the entity ("wrappers", token): kind, underlying, denominator, numerator.

`kind` 0 is a token that stands for nothing but itself; a token without a kind was not asked yet. `numerator` is true
of one block only and absent where the contract did not answer.
"""

from dataclasses import dataclass

from indexer.book import Book, Draft, Entity
from indexer.evm import Address, address
from indexer.wrappers.kinds import KINDS, WrapperKind
from indexer.wrappers.rates import Rate

DEPLOYMENT = "wrappers"
"""No deployment: the name under which wrappers are kept."""
_DEFINED_BY_RATE = (WrapperKind.SAME, WrapperKind.CBETH)


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A token that stands for another: `amount` of it are floor(amount * numerator / denominator) of `underlying`.

    `numerator` None: the rate is not known at this block. `underlying` may be any address, the token itself too.
    """

    token: Address
    underlying: Address
    kind: WrapperKind
    numerator: int | None
    denominator: int

    @property
    def rate(self) -> Rate | None:
        """The rate; None where it is not known."""
        return None if self.numerator is None else Rate(self.numerator, self.denominator)

    def is_exact(self, amount: int) -> bool:
        """Whether the converted amount is provably the contract's: of two kinds the rate itself is the definition."""
        return self.kind in _DEFINED_BY_RATE or (self.rate is not None and self.rate.is_exact(amount))


def entity(token: Address) -> Entity:
    """Where a token's fields live."""
    return Entity(DEPLOYMENT, token)


def is_known(book: Book | Draft, token: Address) -> bool:
    """Whether it is known what the token is; while it is not, `wrapper` None does not mean a plain token."""
    return book.get(entity(token), "kind") is not None


def wrapper(book: Book | Draft, token: Address) -> Wrapper | None:
    """What the token stands for; None for a plain token, and for one that nobody asked (`is_known`)."""
    where = entity(token)
    kind, underlying = KINDS.get(book.get(where, "kind") or 0), book.get(where, "underlying")
    if kind is None or underlying is None:
        return None
    if kind is WrapperKind.SAME:
        return Wrapper(token, address(underlying), kind, 1, 1)
    numerator, denominator = book.get(where, "numerator"), book.get(where, "denominator")
    if denominator is None:
        return Wrapper(token, address(underlying), kind, None, 1)
    return Wrapper(token, address(underlying), kind, numerator, denominator)


def wrappers(book: Book | Draft) -> dict[Address, Wrapper]:
    """Every wrapper, by token."""
    tokens = book.markets(DEPLOYMENT) if isinstance(book, Draft) else book[DEPLOYMENT].markets
    found = (wrapper(book, Address(token)) for token in tokens)
    return {one.token: one for one in found if one is not None}
