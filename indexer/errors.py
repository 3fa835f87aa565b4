"""One error tree. A message says what happened and what to do.

IndexerError
├── ArithmeticOverflow          a contract would have reverted on this arithmetic
├── MissedLog                   a log speaks of what nothing told before: an answer was short
├── UserError                   the user's mistake: one clear line, exit code 2
│   ├── ConfigurationError      a setting is missing, malformed or contradicts another
│   ├── DatabaseError           the database cannot be opened, is read-only, of another chain or newer schema
│   │   ├── DatabaseMissing     there is no database yet
│   │   └── DatabaseUnavailable it was there and is gone, locked or full: waiting may help
│   ├── WrongChainError         node and database (or configuration) are of different chains
│   ├── NotFoundError           an account, block or deployment that the database does not hold
│   ├── HistoryError            a block outside what the store or the node can answer
│   └── SnapshotError           a snapshot cannot be written or read, or the archive holds another one of its block
├── NodeError                   the node did not answer, or its answer cannot be believed
│   ├── NodeUnreachable         connection failed or timed out, after bounded retries
│   ├── RpcError                the node answered with a JSON-RPC error
│   │   └── RangeTooLarge       eth_getLogs refused the range, perhaps with a hint
│   ├── BlockNotFound           the node does not know this block (orphaned, pruned or not yet there)
│   └── InconsistentAnswer      the answer contradicts itself: hash, bloom, parent
│       └── ReconciliationFailed  what logs added up to is not what the contracts hold
├── DecodeError                 a log or an answer is not what its ABI says
├── ServiceError                the service cannot go on: a part of it died
└── DeepReorgError              the chain was reorganised below finality: nothing is undone by itself
"""


class IndexerError(Exception):
    """Base of every error this program raises on purpose."""


class ArithmeticOverflow(IndexerError, ArithmeticError):
    """A value past uint256, below zero, or a division by zero: the contract's call reverts."""

    def __init__(self, value: int) -> None:
        super().__init__(f"checked arithmetic reverts at {value:#x}")
        self.value = value


class MissedLog(IndexerError):
    """A log speaks of what an earlier one must have told, and none did: an answer was short."""


class UserError(IndexerError):
    """Something the user can mend; the message is one line that says how."""


class ConfigurationError(UserError):
    """A setting is missing, malformed or contradicts another."""


class DatabaseError(UserError):
    """The database cannot be opened or written, or holds another chain or a newer schema."""


class DatabaseMissing(DatabaseError):
    """There is no database yet: `indexer sync` makes it."""


class DatabaseUnavailable(DatabaseError):
    """The database is gone, locked or full for now. Nothing was half written; waiting and trying again may help."""


class WrongChainError(UserError):
    """Node and database are of different chains."""

    def __init__(self, *, expected: int, actual: int, where: str) -> None:
        super().__init__(
            f"{where} is chain {actual}, but the database holds chain {expected}: "
            "one database is one chain; use another [database] url or another node"
        )
        self.expected = expected
        self.actual = actual


class NotFoundError(UserError):
    """The database does not hold what was asked for."""


class HistoryError(UserError):
    """The block asked for lies outside what the store or the node can answer."""


class SnapshotError(UserError):
    """A snapshot cannot be written or read, or the archive holds another one of its block."""


class NodeError(IndexerError):
    """The node did not answer, or its answer cannot be believed."""


class NodeUnreachable(NodeError):
    """No answer after bounded retries. `url` has its secrets removed."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"the node at {url} does not answer ({why}); check [node] url, or that it is running")
        self.url = url
        self.why = why


class RpcError(NodeError):
    """The node answered with a JSON-RPC error."""

    def __init__(self, method: str, code: int, message: str, data: object = None) -> None:
        super().__init__(f"{method} failed: {message} (code {code})")
        self.method = method
        self.code = code
        self.message = message
        self.data = data


class RangeTooLarge(RpcError):
    """eth_getLogs refused the range; `hint` is the range (first, last) the provider suggests, if it does."""

    def __init__(self, code: int, message: str, hint: tuple[int, int] | None) -> None:
        super().__init__("eth_getLogs", code, message)
        self.hint = hint


class BlockNotFound(NodeError):
    """The node does not know the block: orphaned, pruned, or not there yet."""

    def __init__(self, block: str) -> None:
        super().__init__(
            f"the node does not know block {block}: it is orphaned, not there yet, "
            "or its state is pruned (an archive node has it)"
        )
        self.block = block


class InconsistentAnswer(NodeError):
    """Two parts of the node's answers contradict each other; nothing was kept."""


class ReconciliationFailed(InconsistentAnswer):
    """What the logs of a backfill added up to is not what the contracts hold at its end."""


class DecodeError(IndexerError):
    """A log or an answer is not what its ABI says."""


class DeepReorgError(IndexerError):
    """The chain was reorganised below finality. Everything is kept as it is."""


class ServiceError(IndexerError):
    """The service cannot go on: a part of it died."""
