"""What a protocol tells the shared suite: the chain it is tried on, and what the contracts themselves say of it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from indexer.abi import topic_of
from indexer.evm import address
from indexer.protocols._interface import Deployment
from indexer.words import Gate, Terms
from tests.json_rpc import Event
from tests.protocols.following import Following, Rows
from tests.protocols.replay import Chain
from tests.protocols.tape import Tape

GOLDEN = Path(__file__).parent.parent / "golden"


Decoder = Callable[[Sequence[Event], int, Any], dict[str, Any] | None]
"""From a block's logs, the position of one of them, and the case: fields of a `Liquidation`; None: it is none."""


@dataclass(frozen=True, slots=True)
class Execution:
    """A liquidation that the real contract was asked for, mined at `at` in the block after `number`.

    `amounts` are what it did, by the names of `Terms` (or of its `details`); empty where only whether it went through
    is compared. `pair` are debt and collateral asset, None where an account has one pair only.
    """

    number: int
    at: int
    account: str
    ok: bool
    why: str = ""
    pair: tuple[str, str] | None = None
    amounts: Mapping[str, int] = field(default_factory=dict)

    def terms(self, found: Iterable[Terms]) -> Terms | None:
        """Ours for this pair, None where we list no such pair."""
        for terms in found:
            if self.pair in (None, (terms.debt_asset, terms.collateral_asset)):
                return terms
        return None


class Case(ABC):
    """One deployment on one chain. Nothing here may be asked of the adapter: it is what the adapter is held against."""

    deployment: Deployment
    chain: Chain
    every: int = 1
    """Blocks between two that are compared with the contracts; the last one always is."""
    finality: int = 10
    """Blocks that may be undone."""
    kept: frozenset[str] = frozenset()
    """Market fields that healing leaves alone: what never changes (tokens, ids)."""
    untold: frozenset[str] = frozenset()
    """Fields of positions that no read tells as they are stored (a principal and the index at its last change): what
    healing writes there is held against the contracts by holdings alone."""
    refusals: Mapping[Gate, Collection[str]] = {}
    """What the contract says when it refuses for the reason of a gate; a gate that is missing here is not compared."""

    truth_values_accounts: bool = True
    """Whether the contract's answer to `truth` fails exactly where health is unknown: it needs the prices too."""
    quiet_blocks: int = 3
    """Blocks at the end of the chain that add no contract."""
    least_forbidden: int = 1
    """Liquidations that the contracts must have refused, so that gates are compared at all."""
    least_liquidated: int = 1
    """Logs of liquidations that the chain must have; 0 where another case of the same code has them."""

    @abstractmethod
    def holders(self, number: int) -> set[str]:
        """The keys of all accounts that supply, hold collateral or owe anything at a block, from the chain alone."""

    @abstractmethod
    def executions(self, following: Following) -> Iterable[Execution]:
        """Liquidations tried on the real contracts."""

    @abstractmethod
    def happenings(self) -> Mapping[str, Decoder]:
        """The events that say what was liquidated, by signature, each with its independent decoder (`happened`)."""

    def is_own(self, address: str) -> bool:
        """Whether a contract that logs such an event belongs to the deployment."""
        del address
        return True

    def liquidatable(self, said: Mapping[str, int]) -> bool | None:
        """Whether the contract's own comparison, in its answer to `truth`, is below; None where the answer has none."""
        del said
        return None

    def forced(self, said: Mapping[str, int]) -> bool:
        """Whether a contract may liquidate in spite of that comparison (a deprecated market, a forced liquidation)."""
        del said
        return False

    def failed(self, said: Mapping[str, int]) -> bool:
        """Whether the answer to `truth` is a failure in words of its own (an error code) instead of a revert."""
        del said
        return False

    def heals(self, market: str, field: str) -> bool:
        """Whether a field of a market is one that healing reads again; every field of an account is."""
        del market
        return field not in self.kept

    def restorable(self, rows: Rows) -> Rows:
        """What reads can bring back of rows: not what no read tells."""
        return {key: value for key, value in rows.items() if key[2] not in self.untold}

    def is_still(self, market: str, asset: str) -> bool:
        """Whether amounts of this asset in this market neither earn nor round: what is there is what was brought."""
        del market, asset
        return False

    def is_given(self, account: str, market: str, asset: str, *, debt: bool) -> bool:
        """Whether (part of) a supply, or a debt, came to an account otherwise than by being put up or borrowed."""
        del account, market, asset, debt
        return False

    def is_released(self, account: str, market: str) -> bool:
        """Whether (part of) a debt of an account went without any log of it."""
        del account, market
        return False

    def logs(self, signature: str) -> Iterator[Event]:
        """Every log of the chain with this event's topic, whoever wrote it."""
        topic = topic_of(signature)
        return (event for block in self.chain.blocks for event in block.events if event.topics[:1] == (topic,))

    def numbers(self) -> list[int]:
        """The blocks that are compared with the contracts."""
        first = max(self.chain.blocks[0].number, self.deployment.first_block)
        last = self.chain.blocks[-1].number
        return sorted({*range(first, last, self.every), last})


class TapeCase(Case):
    """On a recorded chain. Liquidations are the tape's; override `execution` where it tells them otherwise."""

    def __init__(self, tape: Tape, name: str = "recorded") -> None:
        self.tape = tape
        self.chain = tape
        self.deployment = Deployment(name, tape.protocol, address(tape.entry), tape.first_block)

    @classmethod
    def golden(cls, folder: str, file: str = "chain.json.gz") -> "TapeCase":
        """The case of `tests/golden/<folder>/<file>`."""
        return cls(Tape.load(GOLDEN / folder / file))

    def executions(self, following: Following) -> Iterable[Execution]:
        """Every liquidation of the tape."""
        del following
        return [found for record in self.tape.liquidations if (found := self.execution(record)) is not None]

    def execution(self, record: Mapping[str, Any]) -> Execution | None:
        """One record; None for one that says nothing about our terms."""
        account = record["account"].lower()
        key = f"{account}/{record['market'].lower()}" if record.get("market") else account
        outcome = record.get("outcome") or {}
        amounts = {"max_debt_to_cover": "repaid", "collateral_to_liquidator": "seized"}
        return Execution(
            number=record["block"],
            at=record["timestamp"],
            account=key,
            ok=record["ok"],
            why=record.get("revert") or "",
            pair=self.pair(record["arguments"]),
            amounts={ours: int(outcome[theirs]) for ours, theirs in amounts.items() if theirs in outcome},
        )

    def pair(self, arguments: Mapping[str, Any]) -> tuple[str, str] | None:
        """Debt and collateral asset of a liquidation's arguments."""
        del arguments
        return None
