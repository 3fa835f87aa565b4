"""Symbols and decimals of the tokens behind the markets: read once, kept as they are (strangers choose them)."""

from indexer.abi import load_interface, text_of, word_of
from indexer.book import Draft
from indexer.evm import Address, BlockRef
from indexer.node import Node, Read
from indexer.parts import Parts
from indexer.store import Store, Token
from indexer.wrappers import DEPLOYMENT as WRAPPERS

_ERC20 = load_interface("erc20", "ERC20")
_NAMES = ("symbol", "decimals", "name")


class TokenFacts:
    """Learns the facts of tokens the store does not have."""

    def __init__(self, node: Node, store: Store, parts: Parts) -> None:
        self._node = node
        self._store = store
        self._parts = parts
        self._known = set(store.tokens())

    def learn(self, ref: BlockRef, draft: Draft) -> None:
        """Read and save what is missing for the draft's markets, and for what their tokens stand for.

        Asks nothing when all is known.
        """
        assets = [*self._parts.assets(draft), *map(Address, draft.markets(WRAPPERS))]
        missing = [asset for asset in dict.fromkeys(assets) if asset not in self._known]
        if not missing:
            return
        calls = tuple(_ERC20.call(name, asset) for asset in missing for name in _NAMES)
        answers = dict(zip(calls, self._node.read(ref.hash, [Read(calls)])[0], strict=True))
        self._store.save_tokens(
            Token(
                address=asset,
                symbol=text_of(answers[_ERC20.call("symbol", asset)]),
                decimals=word_of(answers[_ERC20.call("decimals", asset)]),
                name=text_of(answers[_ERC20.call("name", asset)]),
            )
            for asset in missing
        )
        self._known.update(missing)
