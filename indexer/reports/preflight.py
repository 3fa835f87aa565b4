"""Whether configured addresses are what they should be: `sync` and `run` look before they start, `doctor` too."""

from collections.abc import Sequence
from dataclasses import dataclass

from indexer.abi import load_interface, word_of, words_of
from indexer.errors import ConfigurationError
from indexer.evm import Address, Answer, Call
from indexer.node import Node, Read
from indexer.oracles.feeds import Feed
from indexer.protocols._interface import Deployment, Identity
from indexer.protocols._registry import protocol_of

_PROXY = load_interface("chainlink", "EACAggregatorProxy")


@dataclass(frozen=True, slots=True)
class FeedFound:
    """What a feed says at the head. `fault` says what is wrong with it, None: it answers."""

    fault: str | None
    updated_at: int | None = None


def refuse_wrong_addresses(node: Node, deployments: Sequence[Deployment], feeds: Sequence[Feed]) -> None:
    """Raise ConfigurationError for the first entry or feed that is not what the configuration says, else return.

    Three or four requests. Raises NodeError.
    """
    head = node.fetch_heads().latest.hash
    for deployment, identity in identify(node, head, deployments).items():
        if identity.fault:
            raise ConfigurationError(
                f"deployment {deployment.name}: entry {deployment.entry}: {identity.fault}; correct entry, or the chain"
            )
    for feed, found in look_at_feeds(node, head, feeds).items():
        if found.fault:
            raise ConfigurationError(f"feed {feed.name!r}: proxy {feed.proxy}: {found.fault}; correct [[feeds]] proxy")


def identify(node: Node, block_hash: str, deployments: Sequence[Deployment]) -> dict[Deployment, Identity]:
    """What each deployment's entry is at a block. Raises NodeError."""
    coded = _with_code(node, block_hash, [deployment.entry for deployment in deployments])
    known: dict[Call, Answer] = {}
    wanted = True
    while wanted:
        planned = [c for d in deployments if coded[d.entry] for c in protocol_of(d).plan_identity(d, known)]
        calls = tuple(dict.fromkeys(call for call in planned if call not in known))
        wanted = bool(calls)
        if calls:
            known.update(zip(calls, node.read(block_hash, [Read(calls)])[0], strict=True))
    return {
        d: protocol_of(d).identity(d, known) if coded[d.entry] else Identity("there is no contract")
        for d in deployments
    }


def look_at_feeds(node: Node, block_hash: str, feeds: Sequence[Feed]) -> dict[Feed, FeedFound]:
    """What each feed's proxy answers at a block. Raises NodeError."""
    if not feeds:
        return {}
    coded = _with_code(node, block_hash, [feed.proxy for feed in feeds])
    calls = tuple(dict.fromkeys(_PROXY.call(name, f.proxy) for f in feeds for name in ("latestRoundData", "decimals")))
    answers = dict(zip(calls, node.read(block_hash, [Read(calls)])[0], strict=True))
    return {feed: _found(feed, answers, has_code=coded[feed.proxy]) for feed in feeds}


def _found(feed: Feed, answers: dict[Call, Answer], *, has_code: bool) -> FeedFound:
    if not has_code:
        return FeedFound("there is no contract")
    round_data = words_of(answers[_PROXY.call("latestRoundData", feed.proxy)], 5)
    decimals = word_of(answers[_PROXY.call("decimals", feed.proxy)])
    if decimals is None or decimals > 255:
        return FeedFound("it is no price feed: decimals() does not answer")
    if round_data is None:
        return FeedFound("it is no price feed, or has no round yet: latestRoundData() does not answer")
    return FeedFound(None, round_data[3])


def _with_code(node: Node, block_hash: str, addresses: Sequence[Address]) -> dict[Address, bool]:
    return dict(zip(addresses, node.has_code(block_hash, addresses), strict=True)) if addresses else {}
