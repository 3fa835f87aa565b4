"""One seed: a chain, two nodes, an indexer that is killed and started again, and what must hold all the while."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from threading import Event

import httpx

from indexer.errors import HistoryError, IndexerError, NotFoundError
from indexer.node import JsonRpc, Node
from indexer.protocols._interface import Deployment
from indexer.protocols.aave_v3.reads import READ_FIELDS
from indexer.reports.accounts import all_accounts
from indexer.reports.snapshot import Asked, Snapshot, open_snapshot
from indexer.risk import watch
from indexer.sync import backfill
from indexer.sync.engine import Sync, SyncOptions
from indexer.sync.progress import Phase, Progress
from tests.simulation.chain import FINALITY, SECONDS, Chain
from tests.simulation.comparison import assert_same_rows, assert_sound
from tests.simulation.faults import Fault, Faults
from tests.simulation.market import CONTRACTS, PROVIDER_AT
from tests.simulation.mortal import Killed, MortalStore
from tests.simulation.node import URLS, SimNode

DEPLOYMENT = Deployment("sim", "aave_v3", PROVIDER_AT, 0)
OPTIONS = SyncOptions(block_time_s=SECONDS)
BLOCKS = 60
MOST_LIVES = 60
MOST_REQUESTS = 6_000
NewUrl = Callable[[], str]
READ = READ_FIELDS | {"grace_until", "block_time_s", "kind", "underlying", "denominator", "numerator"}
"""What no log carries: stored for blocks that were followed, not for those that were backfilled."""


class Pauses(Event):
    """A stop signal whose waiting is the simulation's time."""

    def __init__(self, passing: Callable[[float], bool]) -> None:
        super().__init__()
        self._passing = passing

    def wait(self, timeout: float | None = None) -> bool:
        if self._passing(timeout or 0.0):
            self.set()
        return self.is_set()


@dataclass
class Indexer:
    """One process's objects."""

    rpc: JsonRpc
    store: MortalStore
    sync: Sync


class Simulation:
    """Everything follows from the seed; `url` is an empty database."""

    def __init__(self, seed: int, url: str, *, handled: frozenset[Fault] = frozenset(Fault)) -> None:
        dice = Random(seed)
        self.dice = dice
        chosen = [kind for kind in Fault if dice.random() < 0.6]
        self.faults = Faults(Random(dice.random()), frozenset(chosen) & handled, dice.choice((0.01, 0.03, 0.08)))
        self.chain = self._chain(dice)
        self.node = SimNode(self.chain, self.faults, self.live)
        self.url = url
        self.clock = 1_760_000_000.0
        self.target = BLOCKS
        self.deployments: tuple[Deployment, ...] = (DEPLOYMENT,)
        self.read: Collection[str] = READ
        self.leaving_out: Collection[str] = (watch.DEPLOYMENT,)
        self.checked = 0
        self.trace: list[tuple[int, str]] = []
        self.ranges = dice.choice((4, 9, 2_000))
        for _ in range(dice.randint(0, BLOCKS // 2)):
            self.chain.mine()

    def _chain(self, dice: Random) -> Chain:
        return Chain(Random(dice.random()), dice.choice(sorted(CONTRACTS)))

    def run(self) -> None:
        """Live until the chain is long enough, then let everything heal; the store is at the head afterwards."""
        with MortalStore.open(self.url) as store:
            store.bind_chain(self.chain.chain_id)
        for _ in range(MOST_LIVES):
            if self.chain.head.number >= self.target:
                break
            self._one_life()
        self.faults.on = False
        self.node.outage = 0
        self.target = 0
        self.chain.mine_prices()
        before = self.checked
        with self.indexer() as last:
            for _ in range(3):
                last.sync.once(Pauses(self._pass))
            self.check_answers(last.store)
            assert self.checked > before, "nothing was compared although every price can be read"
            cursor = last.store.cursor()
            assert cursor is not None
            assert cursor.hash == self.chain.head.hash, f"stopped at {cursor.number}, head {self.chain.head.number}"
            rows = {(entity, field): value for entity, field, value in last.store.load_state()}
            assert {(entity, field): value for entity, field, value in last.sync.book.items()} == rows

    def compare(self, peaceful: str) -> int:
        """Compare with an undisturbed sync into the empty database `peaceful`; how many rows were the same."""
        with MortalStore.open(self.url) as store:
            assert_sound(store)
            with self.indexer(peaceful) as undisturbed:
                undisturbed.sync.once(Pauses(self._pass))
                return assert_same_rows(store, undisturbed.store, self.chain.finalized, self.read, self.leaving_out)

    @contextmanager
    def indexer(self, url: str | None = None, options: SyncOptions = OPTIONS) -> Iterator[Indexer]:
        """A process that starts: new objects over the same database (or another)."""
        transport = httpx.MockTransport(self.node)
        rpc = JsonRpc(URLS, transport=transport, attempts=3, sleep=self._sleep)
        with MortalStore.open(url or self.url) as store:
            store.checked = self.url.startswith("sqlite")  # a query a change
            node = Node(rpc, finality_depth=FINALITY)

            def report(progress: Progress) -> None:
                if progress.phase is Phase.REORG:
                    assert self.chain.orphans, "undone, although no block was ever replaced"
                if progress.phase is not Phase.WAIT:
                    self.check_answers(store)

            yield Indexer(rpc, store, Sync(node, store, self.deployments, options=options, report=report,
                                           clock=lambda: self.clock))  # fmt: skip

    def live(self) -> None:
        """What happens to chain and process between two requests."""
        assert self.node.requests < MOST_REQUESTS, "the indexer asks for ever"
        if self.faults.now(Fault.KILL, 0.3):
            raise Killed
        if self.target and self.dice.random() < 0.15:
            self.chain.mine()
        for kind, times in ((Fault.REORG, 1), (Fault.TWO_REORGS, 2)):
            if self.target and self.faults.now(kind):
                for _ in range(times):
                    depth = self.dice.randint(1, FINALITY)
                    self.chain.reorg(depth, depth + self.dice.randint(-2, 2))

    def check_answers(self, store: MortalStore) -> None:
        """No answer may say anything but what the contract says at the answer's own hash; unknown is allowed."""
        faults, store.faults, gone, store.gone = store.faults, None, store.gone, 0
        try:
            with open_snapshot(store, Asked()) as snapshot:
                complete = self._complete(store)
                self.trace.append((self.node.requests, snapshot.ref.hash))
                self.judge(snapshot, complete=complete)
        except (NotFoundError, HistoryError):
            return
        finally:
            store.faults, store.gone = faults, gone

    def judge(self, snapshot: Snapshot, *, complete: bool) -> None:
        """Hold all that is said of a block against its contracts; `complete`: its prices were read."""
        rows, ref = all_accounts(snapshot), snapshot.ref
        block = self.chain.by_hash[ref.hash]
        said = {row["account"]: row for row in rows}
        holders = {
            u for own in block.pool.listed.values() for t in (own.supply, own.debt) for u, n in t.balance.items() if n
        }
        if not complete:
            assert {row["state"] for row in rows} <= {"unknown"}, "nobody compared this block yet"
            assert {row["health_factor_wad"] for row in rows} <= {None}, "no price was read at this block"
            return
        assert set(said) == holders, f"block {ref.number}: {len(set(said) ^ holders)} accounts on one side only"
        for account, row in said.items():
            truth = block.pool.account_data(account, block.timestamp)
            if row["state"] == "unknown":
                assert truth is None, f"{account} is unknown without need: {row['reason']}"
                continue
            assert truth is not None, f"{account} is {row['state']}, the contract reverts"
            factor = None if truth[1] == 0 else str(truth[5])
            assert (row["collateral_value"], row["debt_value"]) == (str(truth[0]), str(truth[1]))
            assert row["health_factor_wad"] == factor
            self.checked += 1

    def _complete(self, store: MortalStore) -> bool:
        cursor = store.cursor()
        found = None if cursor is None else store.block(cursor.number)
        return found is not None and found.complete

    def _one_life(self) -> None:
        backfill.RANGE_BLOCKS = self.ranges
        try:
            with self.indexer() as alive:
                self.check_answers(alive.store)
                alive.store.faults = self.faults
                alive.sync.follow(Pauses(self._pass))
        except Killed:
            pass
        finally:
            backfill.RANGE_BLOCKS = 2_000

    def _sleep(self, seconds: float) -> None:
        self._pass(seconds)

    def _pass(self, seconds: float) -> bool:
        """Let time pass; True when the process is told to stop."""
        self.clock += seconds
        if self.target and self.dice.random() < 0.5:
            self.chain.mine()
        return bool(self.target) and (self.chain.head.number >= self.target or self.faults.now(Fault.STOP, 0.5))


__all__ = ["DEPLOYMENT", "IndexerError", "Simulation"]
