"""One block as collateral chains see it: receipts and wrappers joined to one look-through, wallets to their owners."""

from collections.abc import Iterable, Mapping

from indexer.book import Book, Draft
from indexer.parts.parts import Part
from indexer.protocols._interface import View
from indexer.risk.footprints import Sight
from indexer.risk.look_through import Conversion, LookThrough
from indexer.wrappers import Wrapper, WrapperClass, is_known, wrappers

RECEIPT = "receipt"
"""The kind of a conversion that a followed protocol answers for."""


def sight_of(parts: Iterable[Part], views: Mapping[str, View], book: Book, at: int) -> Sight:
    """The deployments' views of one block at `at`, with what the book knows of their tokens."""
    proxies = {wallet: owner for view in views.values() for wallet, owner in view.proxies().items()}
    return Sight(views, _look(parts, views, book, at), at, proxies)


def _look(parts: Iterable[Part], views: Mapping[str, View], book: Book, at: int) -> LookThrough:
    """Receipts of the followed protocols, then wrappers; what is neither known nor plain is undecided."""
    receipts = [
        Conversion(r.token, r.asset, r.numerator, r.denominator, RECEIPT, name, r.market)
        for name, view in views.items()
        for r in view.receipts(at)
    ]
    wrapped = [
        Conversion(w.token, w.underlying, w.numerator, w.denominator, w.kind.value, _lent_to(w, views))
        for w in wrappers(book).values()
    ]
    own, draft = {receipt.token for receipt in receipts}, Draft(book)
    assets = {asset for part in parts for asset in part.protocol.assets(part.deployment, draft)}
    return LookThrough([*receipts, *wrapped], [a for a in assets if a not in own and not is_known(book, a)])


def _lent_to(wrapper: Wrapper, views: Mapping[str, View]) -> str:
    """The one deployment in which a vault has put what it holds; "" where it is none, or several."""
    if wrapper.kind.wrapper_class is not WrapperClass.CLAIM:
        return ""
    found = [name for name, view in views.items() if view.keys_of(wrapper.token)]
    return found[0] if len(found) == 1 else ""
