"""Transactions and blocks: a queue with explicit nonces, mined block by block, every receipt checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scripts.devnet.abi import Value, created_address, decode_result, encode_call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.devnet.rpc import Json, Rpc

BLOCK_SECONDS = 12
# Below the 2**24 gas a transaction may use on mainnet today.
TRANSACTION_GAS = 16_000_000
USER_GAS = 4_000_000
ETHER = 10**18
HEAD = ("eth_getBlockByNumber", ["latest", False])


class TransactionFailed(Exception):
    """A transaction that had to succeed was mined and reverted.

    Attributes:
        block: the block number.
        transaction: what was sent.
        reason: the node's words for the revert.

    """

    def __init__(self, block: int, transaction: Transaction, reason: str) -> None:
        self.block = block
        self.transaction = transaction
        self.reason = reason
        super().__init__(f"block {block}: {transaction} failed: {reason}")


@dataclass
class Transaction:
    """A queued transaction. `hash` and `succeeded` are known after mining."""

    sender: str
    to: str | None
    data: str
    nonce: int
    what: str
    must_succeed: bool
    gas: int
    hash: str = ""
    succeeded: bool | None = None

    def params(self, gas_price: int = 0) -> dict[str, str]:
        """The transaction as eth_sendTransaction takes it."""
        params = {
            "from": self.sender,
            "data": self.data,
            "nonce": hex(self.nonce),
            "gas": hex(self.gas),
            "gasPrice": hex(gas_price),
        }
        return params if self.to is None else params | {"to": self.to}

    def __str__(self) -> str:
        return f"{self.what} from {self.sender} to {self.to}"


class Chain:
    """The chain as its only writer sees it."""

    def __init__(self, rpc: Rpc) -> None:
        self.rpc = rpc
        self.transactions = 0
        self.tolerated_failures: list[str] = []
        self._queue: list[Transaction] = []
        self._nonces: dict[str, int] = {}
        # What was read at the tip: (address, calldata) -> data. The story asks the same again and again.
        self._known: dict[tuple[str, str], str] = {}
        self._tip = ""
        self.refresh()

    def refresh(self) -> None:
        """Forget everything about the tip, and the queue: after a revert or a rollback."""
        self._nonces.clear()
        self._queue.clear()
        self._tip = ""
        self.sync()

    def sync(self) -> None:
        """Notice blocks that somebody else mined through the node's own interface."""
        head = self.rpc.request(*HEAD)
        if head["hash"] == self._tip:
            return
        self._arrive(head)
        if not self._queue:
            self._nonces.clear()

    def _arrive(self, head: dict[str, Json]) -> None:
        self._tip = head["hash"]
        self.block_number = int(head["number"], 16)
        self.timestamp = int(head["timestamp"], 16)
        self._known.clear()

    def send(
        self,
        sender: str,
        to: str,
        signature: str,
        args: Sequence[Any] = (),
        *,
        must_succeed: bool = True,
        gas: int = USER_GAS,
    ) -> Transaction:
        """Queue a call; it is mined with the next block."""
        shown = ", ".join(str(arg) for arg in args)
        what = f"{signature.split('(', maxsplit=1)[0]}({shown})"
        data = encode_call(signature, args)
        transaction = Transaction(sender, to, data, self._next_nonce(sender), what, must_succeed, gas)
        self._queue.append(transaction)
        return transaction

    def send_raw(self, sender: str, to: str, data: str, what: str) -> Transaction:
        """Queue a transaction with calldata that no signature describes; it must succeed."""
        transaction = Transaction(sender, to, data, self._next_nonce(sender), what, True, TRANSACTION_GAS)
        self._queue.append(transaction)
        return transaction

    def deploy(self, sender: str, bytecode: str, name: str) -> str:
        """Queue a contract creation and return the address the contract will have."""
        nonce = self._next_nonce(sender)
        self._queue.append(Transaction(sender, None, bytecode, nonce, f"deploy {name}", True, TRANSACTION_GAS))
        return created_address(sender, nonce)

    def _next_nonce(self, sender: str) -> int:
        if sender not in self._nonces:
            self.meet([sender])
        nonce = self._nonces[sender]
        self._nonces[sender] = nonce + 1
        return nonce

    def meet(self, senders: Sequence[str]) -> None:
        """Learn the nonces of many senders in one request, and give the new ones some ether."""
        unknown = sorted(set(senders) - set(self._nonces))
        counts = self.rpc.batch([("eth_getTransactionCount", [s, "latest"]) for s in unknown])
        wealth = self.rpc.batch([("eth_getBalance", [s, "latest"]) for s in unknown])
        self._nonces.update(zip(unknown, (int(count, 16) for count in counts), strict=True))
        poor = [who for who, wei in zip(unknown, wealth, strict=True) if int(wei, 16) < ETHER // 10]
        self.rpc.batch([("anvil_setBalance", [who, hex(ETHER)]) for who in poor])

    def queued(self, sender: str, to: str) -> int:
        """How many transactions of a sender to an address wait for the next block."""
        return sum(item.sender == sender and item.to == to for item in self._queue)

    def mine(self, seconds: int = BLOCK_SECONDS, timestamp: int | None = None) -> int:
        """Mine the queue as one block and check its receipts; returns the block number.

        Args:
            seconds: the new block's time after the old tip's.
            timestamp: the new block's time itself; wins over `seconds`.

        Raises:
            TransactionFailed: when a transaction with `must_succeed` reverted.

        """
        self.sync()
        queue, self._queue = self._queue, []
        # The node handles the items of a batch concurrently, so arrival does not decide the order of
        # a block: falling gas prices do (the node runs with --order fees).
        count = len(queue)
        sends = [("eth_sendTransaction", [tx.params(count - i)]) for i, tx in enumerate(queue)]
        hashes = self.rpc.batch(sends)
        for transaction, transaction_hash in zip(queue, hashes, strict=True):
            transaction.hash = transaction_hash
        moment = timestamp if timestamp is not None else self.timestamp + seconds
        self.rpc.request("evm_mine", [{"timestamp": moment}])
        receipts = ("eth_getBlockReceipts", [hex(self.block_number + 1)])
        head, mined = self.rpc.batch([HEAD, receipts])
        self._arrive(head)
        self.transactions += len(queue)
        if queue:
            self._check(queue, mined)
        return self.block_number

    def _check(self, queue: list[Transaction], receipts: list[dict[str, Json]]) -> None:
        mined = [receipt["transactionHash"] for receipt in receipts]
        if mined != [transaction.hash for transaction in queue]:
            raise RuntimeError(f"block {self.block_number} holds {len(mined)} other transactions")
        for transaction, receipt in zip(queue, receipts, strict=True):
            transaction.succeeded = receipt["status"] == "0x1"
            if transaction.succeeded:
                continue
            failure = TransactionFailed(self.block_number, transaction, self._reason(transaction))
            if transaction.must_succeed:
                raise failure
            self.tolerated_failures.append(str(failure))

    def _reason(self, transaction: Transaction) -> str:
        """Why a mined transaction reverted: replay it inside its block."""
        options = {"tracer": "callTracer"}
        trace = self.rpc.request("debug_traceTransaction", [transaction.hash, options])
        words = str(trace.get("revertReason") or trace.get("error") or "reverted")
        return f"{words} {trace.get('output', '')}".rstrip()

    def call(
        self,
        to: str,
        signature: str,
        args: Sequence[Any] = (),
        returns: str = "uint256",
        block: int | str | None = None,
    ) -> Value:
        """Read a contract, at the tip unless a block is named."""
        return self.calls([(to, signature, args, returns)], block)[0]

    def calls(
        self, reads: Sequence[tuple[str, str, Sequence[Any], str]], block: int | str | None = None
    ) -> list[Value]:
        """Read many values in one request: (to, signature, args, returns) each.

        Args:
            reads: what to read.
            block: number, tag or nothing. Nothing means the tip as this writer made it: answers are
                remembered until the next block.

        """
        keys = [(to, encode_call(signature, args)) for to, signature, args, _ in reads]
        known = self._known if block is None else {}
        tag = "latest" if block is None else hex(block) if isinstance(block, int) else block
        missing = [key for key in dict.fromkeys(keys) if key not in known]
        answers = self.rpc.batch([("eth_call", [{"to": to, "data": data}, tag]) for to, data in missing])
        known.update(zip(missing, answers, strict=True))
        return [decode_result(read[3], known[key]) for read, key in zip(reads, keys, strict=True)]
