"""The contract's own answer, by an independent path: web3 and eth-abi, none of our decoder, none of our client."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from indexer.errors import NodeUnreachable
from indexer.node import redact
from indexer.protocols._interface import Truth
from indexer.resources import when_used

if TYPE_CHECKING:
    import eth_abi.abi
    import eth_abi.grammar
    import web3
else:  # a second of start-up that only `verify` and `explain` need
    eth_abi, web3 = when_used("eth_abi"), when_used("web3")

_REVERTED = 3
_BATCH = 200
_ADDRESS_DIGITS = 42


class ContractReader:
    """Asks contracts about accounts at one block hash."""

    def __init__(self, url: str, block_hash: str, *, timeout_s: float = 60.0) -> None:
        self._url = url
        self._block = {"blockHash": block_hash}
        self._provider = web3.HTTPProvider(url, request_kwargs={"timeout": timeout_s})

    def ask(self, truths: Sequence[Truth]) -> list[dict[str, int] | None]:
        """Each contract's own answer by field name; None where its call reverts.

        Raises NodeUnreachable when the node does not answer, or answers with anything but a result or a revert.
        """
        out: list[dict[str, int] | None] = []
        for start in range(0, len(truths), _BATCH):
            out.extend(self._ask_batch(truths[start : start + _BATCH]))
        return out

    def calldata(self, truth: Truth) -> str:
        """The call's data, as anyone can send it."""
        selector = web3.Web3.keccak(text=truth.signature)[:4]
        if not truth.arguments:  # the grammar of eth-abi knows no empty tuple
            return "0x" + selector.hex()
        types = eth_abi.grammar.parse(truth.signature[truth.signature.index("(") :])
        arguments = [_encodable(argument) for argument in truth.arguments]
        return (
            "0x" + (selector + eth_abi.abi.encode([part.to_type_str() for part in types.components], arguments)).hex()
        )

    def _ask_batch(self, truths: Sequence[Truth]) -> list[dict[str, int] | None]:
        requests = [("eth_call", [{"to": truth.to, "data": self.calldata(truth)}, self._block]) for truth in truths]
        try:
            replies = self._provider.make_batch_request(requests)  # type: ignore[arg-type]
        except (OSError, web3.exceptions.Web3Exception) as error:
            raise NodeUnreachable(redact(self._url), type(error).__name__) from None
        if not isinstance(replies, list) or len(replies) != len(truths):
            raise NodeUnreachable(redact(self._url), "it does not answer a batch of eth_call")
        return [self._decode(truth, reply) for truth, reply in zip(truths, replies, strict=True)]

    def _decode(self, truth: Truth, reply: object) -> dict[str, int] | None:
        if not isinstance(reply, dict):
            raise NodeUnreachable(redact(self._url), "an answer is not JSON-RPC")
        if error := reply.get("error"):
            if error.get("code") == _REVERTED or "revert" in str(error.get("message", "")).lower():
                return None
            raise NodeUnreachable(redact(self._url), f"eth_call failed with code {error.get('code')}")
        data = bytes.fromhex(reply["result"][2:])
        if not data:
            return None
        words = eth_abi.abi.decode(return_types(truth), data)
        return {name: _integer(word) for name, word in zip(truth.fields, words, strict=True) if name}


def return_types(truth: Truth) -> list[str]:
    """The ABI types of what the call returns."""
    return list(truth.types or ("uint256",) * len(truth.fields))


def _encodable(argument: object) -> object:
    """Addresses stay as they are; other 0x-strings are bytes for eth-abi."""
    if isinstance(argument, tuple):
        return tuple(_encodable(part) for part in argument)
    is_bytes = isinstance(argument, str) and len(argument) != _ADDRESS_DIGITS
    return bytes.fromhex(str(argument)[2:]) if is_bytes else argument


def _integer(word: object) -> int:
    return int(word, 16) if isinstance(word, str) else int.from_bytes(word) if isinstance(word, bytes) else int(word)  # type: ignore[call-overload]
