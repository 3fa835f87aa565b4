"""One block as collateral chains see it: receipts and wrappers joined to one look-through, wallets to their owners."""

from collections.abc import Collection, Iterable, Mapping

from indexer.book import Book, Draft
from indexer.evm import Address
from indexer.parts.parts import Part
from indexer.protocols._interface import View
from indexer.risk.footprints import Sight
from indexer.risk.look_through import Conversion, LookThrough
from indexer.wrappers import Wrapper, WrapperClass, is_known, wrappers

RECEIPT = "receipt"
"""The kind of a conversion that a followed protocol answers for."""


def sight_of(
    parts: Iterable[Part], views: Mapping[str, View], book: Book, at: int, known: Collection[Address] = ()
) -> Sight:
    """The deployments' views of one block at `at`, with what the book knows of their tokens.

    `known`: the wrappers that are known beforehand; what any other stands for is hearsay.
    """
    proxies = {wallet: owner for view in views.values() for wallet, owner in view.proxies().items()}
    receipts: dict[Address, Conversion] = {}
    for name, view in views.items():
        for r in view.receipts(at):
            step = Conversion(r.token, r.asset, r.numerator, r.denominator, RECEIPT, name, r.market)
            receipts.setdefault(r.token, step)
    wrapped = [_conversion(w, receipts, views, at, known) for w in wrappers(book).values()]
    draft = Draft(book)
    assets = {asset for part in parts for asset in part.protocol.assets(part.deployment, draft)}
    undecided = [a for a in assets if a not in receipts and not is_known(book, a)]
    return Sight(views, LookThrough([*receipts.values(), *wrapped], undecided), at, proxies)


def _conversion(
    wrapper: Wrapper,
    receipts: Mapping[Address, Conversion],
    views: Mapping[str, View],
    at: int,
    known: Collection[Address],
) -> Conversion:
    """A wrapper's step, with what it has lent where: through the receipts it wraps, or as a vault by itself."""
    receipt, lent_to = receipts.get(wrapper.underlying), ""
    if receipt is not None:
        view = views[receipt.deployment]
        most: int | None = _supplied(view, at, wrapper.token, receipt.underlying, receipt.market)
    else:
        lent_to, most = _lent_to(wrapper, views, at)
    rate, kind = (wrapper.numerator, wrapper.denominator), wrapper.kind.value
    hearsay = wrapper.token not in known
    return Conversion(wrapper.token, wrapper.underlying, *rate, kind, lent_to, most=most, is_hearsay=hearsay)


def _lent_to(wrapper: Wrapper, views: Mapping[str, View], at: int) -> tuple[str, int | None]:
    """The deployment in which a vault lends most of what it holds, and how much it lends there.

    ("", None) where it is no vault, or lends nothing. Anybody may supply a little on behalf of a vault: so not where it
    has anything counts, but how much.
    """
    if wrapper.kind.wrapper_class is not WrapperClass.CLAIM:
        return "", None
    lent = {name: _supplied(view, at, wrapper.token, wrapper.underlying) for name, view in views.items()}
    most = max(lent, key=lambda name: lent[name], default="")
    return (most, lent[most]) if most and lent[most] else ("", None)


def _supplied(view: View, at: int, holder: Address, asset: Address, market: str | None = None) -> int:
    """What a token's own contract has supplied of an asset, in one market or all."""
    rows = (row for key in view.keys_of(holder) for row in view.positions(key, at))
    return sum(row.supplied for row in rows if row.asset == asset and market in (None, row.market))
