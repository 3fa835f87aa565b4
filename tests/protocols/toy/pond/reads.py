"""What Pond's logs do not carry (prices), and every read that proves or repairs what they do."""

from collections.abc import Iterator, Mapping, Sequence

from indexer.abi import word_of
from indexer.book import Book, Draft, Entity
from indexer.evm import Call, address
from indexer.protocols._interface import Deployment, Facts, Reads

from .interfaces import ORACLE, POND

READ_FIELDS = frozenset({"price", "next_price"})


def tokens(deployment: Deployment, draft: Draft) -> list[str]:
    """The listed collateral tokens."""
    name = deployment.name
    return [market for market in draft.markets(name) if draft.get(Entity(name, market), "factor") is not None]


def price_calls(deployment: Deployment, draft: Draft) -> dict[str, Call]:
    """The oracle's price of each token."""
    oracle = draft.number(Entity(deployment.name), "oracle")
    return {token: ORACLE.call("priceOf", address(oracle), token) for token in tokens(deployment, draft)}


def plan_reads(deployment: Deployment, draft: Draft) -> Reads:
    """Prices, now and at the next block's time."""
    calls = tuple(price_calls(deployment, draft).values())
    return Reads(calls, calls)


def apply_reads(deployment: Deployment, draft: Draft, now: Facts, following: Facts) -> None:
    """A price that cannot be read is absent."""
    for token, call in price_calls(deployment, draft).items():
        for field, answers in (("price", now), ("next_price", following)):
            if call in answers:
                draft.set(Entity(deployment.name, token), field, word_of(answers[call]))


def market_fields(deployment: Deployment, draft: Draft) -> Iterator[tuple[Call, Entity, str]]:
    """Every market field a read tells: the call, and where its word goes."""
    own, pond = Entity(deployment.name), deployment.entry
    if not draft.number(own, "coin"):
        return
    coin = Entity(deployment.name, address(draft.number(own, "coin")))
    for getter, field in (("storedIndex", "index"), ("lastAccrued", "accrued"), ("totalShares", "shares")):
        yield POND.call(getter, pond), coin, field
    for token in tokens(deployment, draft):
        where = Entity(deployment.name, token)
        for getter, field in (("totalOf", "total"), ("factorOf", "factor"), ("isFrozen", "frozen")):
            yield POND.call(getter, pond, token), where, field


def account_fields(deployment: Deployment, accounts: Sequence[str], draft: Draft) -> Iterator[tuple[Call, Entity, str]]:
    """Every position field of these accounts."""
    coin = address(draft.number(Entity(deployment.name), "coin"))
    for account in accounts:
        yield POND.call("sharesOf", deployment.entry, account), Entity(deployment.name, coin, account), "shares"
        for token in tokens(deployment, draft):
            where = Entity(deployment.name, token, account)
            yield POND.call("collateralOf", deployment.entry, account, token), where, "collateral"


def differences(
    wanted: Iterator[tuple[Call, Entity, str]], book: Book, answers: Mapping[Call, bytes | None]
) -> list[str]:
    """What the contracts hold otherwise, in lines that name market and account. A read that fails proves nothing."""
    found = []
    for call, where, field in wanted:
        told, ours = word_of(answers.get(call)), book.get(where, field) or 0
        if told is not None and told != ours:
            found.append(f"{' '.join(where)}: {field} is {told}, logs say {ours}")
    return found


def write(wanted: Iterator[tuple[Call, Entity, str]], draft: Draft, answers: Mapping[Call, bytes | None]) -> None:
    """What the contracts hold, into the draft; absent and zero are the same."""
    for call, where, field in list(wanted):
        told = word_of(answers.get(call))
        if told is not None and told != draft.number(where, field):
            draft.set(where, field, told)
