"""What `sync` and `run` begin with: node, deployments and database, looked at before anything is written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event

from indexer.cli.session import Session
from indexer.errors import ConfigurationError, WrongChainError
from indexer.node import JsonRpc, Node
from indexer.protocols._interface import Deployment
from indexer.reports.preflight import refuse_wrong_addresses
from indexer.store import Store
from indexer.sync.engine import Sync, SyncOptions
from indexer.sync.progress import Report

NewReport = Callable[[int], Report]
"""Makes the report's taker from the first block of the work."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything a writer needs."""

    node: Node
    store: Store
    chain_id: int
    deployments: tuple[Deployment, ...]

    @property
    def first_block(self) -> int:
        """Where the work starts."""
        cursor = self.store.cursor()
        return min(d.first_block for d in self.deployments) if cursor is None else cursor.number + 1

    def sync(self, session: Session, report: Report, *, history: bool = True) -> Sync:
        """The engine over these."""
        options = SyncOptions(
            block_time_s=session.settings.block_time_of(self.chain_id),
            poll_s=session.settings.schedule.poll_s,
            history=history,
            wrappers=session.settings.wrappers_of(self.chain_id),
            chains=session.settings.history.chains,
        )
        return Sync(self.node, self.store, self.deployments, options=options, report=report)


@contextmanager
def opened(session: Session, stop: Event) -> Iterator[Opened]:
    """Open node and database for writing; `stop` cuts waiting for a bad node short.

    Raises ConfigurationError (nothing to follow, or an address that is not what it should be), WrongChainError,
    DatabaseError, NodeError.
    """
    settings = session.settings
    if not settings.node.url:
        session.rpc()
    rpc = JsonRpc(
        settings.node.url, timeout_s=settings.node.timeout_s, attempts=settings.node.attempts, sleep=_wait(stop)
    )
    try:
        node = session.node(rpc)
        chain_id = node.fetch_chain_id()
        deployments = settings.deployments_of(chain_id)
        with Store.open(settings.database.url) as store:
            _refuse_other_chain(store, chain_id)
            _refuse_other_contract(store, deployments)
            refuse_wrong_addresses(node, deployments, settings.own_feeds())
            yield Opened(node, store, chain_id, deployments)
    finally:
        rpc.close()


def _wait(stop: Event) -> Callable[[float], None]:
    def wait(seconds: float) -> None:
        stop.wait(seconds)

    return wait


def _refuse_other_chain(store: Store, chain_id: int) -> None:
    bound = store.chain_id
    if bound is not None and bound != chain_id:
        raise WrongChainError(expected=bound, actual=chain_id, where="the node")


def _refuse_other_contract(store: Store, deployments: tuple[Deployment, ...]) -> None:
    """The same name for another contract: said before the node is asked about that contract."""
    known = {deployment.name: deployment for deployment in store.deployments()}
    for new in deployments:
        old = known.get(new.name)
        if old is not None and (old.protocol, old.entry) != (new.protocol, new.entry):
            raise ConfigurationError(
                f"deployment {new.name} is stored as {old.protocol} at {old.entry}, the configuration says "
                f"{new.protocol} at {new.entry}: give it another name"
            )
