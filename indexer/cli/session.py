"""What one invocation knows: its options, its settings, its node, its database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import unquote, urlsplit

import structlog

from indexer.cli import logs
from indexer.cli.secrets import keep
from indexer.cli.switches import Switches
from indexer.errors import ConfigurationError, NodeError, NodeUnreachable, WrongChainError
from indexer.node import JsonRpc, Node, redact
from indexer.reports.face import Reader
from indexer.reports.snapshot import Asked, Snapshot
from indexer.settings import Settings, load

QUICK_S = 2.0

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Moment:
    """Which block and which time a reading command asks about."""

    block: int | None = None
    at_timestamp: int | None = None
    max_lag: int | None = None

    @property
    def is_past(self) -> bool:
        """Whether the answer may need reads that only a patient node gives."""
        return self.block is not None or self.at_timestamp is not None


@dataclass
class Session:
    """One invocation. Settings are read when first asked for, so that `--help` needs none."""

    switches: Switches

    @cached_property
    def settings(self) -> Settings:
        """The settings; logging follows them. Raises ConfigurationError."""
        logs.configure(self._level("info"), "console")
        settings = load(self.switches.config)
        logs.keep_secret([*settings.node.url, *_passwords(settings.database.url)])
        keep(piece for target in settings.alerts.targets() for piece in target.secrets if piece not in target.shown)
        logs.configure(self._level(settings.log.level), settings.log.format)
        return settings

    def _level(self, usual: str) -> str:
        if self.switches.verbose:
            return "debug"
        return "error" if self.switches.quiet else usual

    def rpc(self, *, quick: bool = False, url: str | None = None) -> JsonRpc:
        """A client of the node; `quick` for commands that can do without. Raises ConfigurationError."""
        node = self.settings.node
        if not node.url:
            raise ConfigurationError(
                "no Ethereum node is set: write url under [node] in indexer.toml, or set INDEXER_NODE__URL"
            )
        if quick:
            return JsonRpc([url] if url else node.url, timeout_s=min(QUICK_S, node.timeout_s), attempts=1)
        return JsonRpc([url] if url else node.url, timeout_s=node.timeout_s, attempts=node.attempts)

    def node(self, rpc: JsonRpc) -> Node:
        """The node behind a client."""
        return Node(rpc, finality_depth=self.settings.chain.finality_depth)

    def asked(self, chain_id: int) -> Asked:
        """What every snapshot of a chain has in common."""
        return Asked(
            feeds=self.settings.feeds_of(chain_id),
            wrappers=self.settings.wrappers_of(chain_id),
            block_time_s=self.settings.block_time_of(chain_id),
            watch_below=self.settings.watch.below,
        )

    @contextmanager
    def snapshot(self, moment: Moment) -> Iterator[Snapshot]:
        """Open the asked block of the database; a node is used where there is one. Raises UserError, NodeError."""
        with self.reading(moment) as (_, snapshot):
            yield snapshot

    @contextmanager
    def reading(self, moment: Moment) -> Iterator[tuple[Reader, Snapshot]]:
        """The same, with the reader of the database beside it."""
        with Reader(self.settings.database.url) as reader, self._reading_node(reader, moment) as node:
            asked = replace(
                self.asked(reader.chain_id or 0),
                block=moment.block,
                at_timestamp=moment.at_timestamp,
                max_lag=moment.max_lag,
                node=node,
            )
            with reader.snapshot(asked) as snapshot:
                yield reader, snapshot

    @contextmanager
    def _reading_node(self, reader: Reader, moment: Moment) -> Iterator[Node | None]:
        """The node if there is one and it answers soon; None otherwise. Raises WrongChainError."""
        if not self.settings.node.url:
            yield None
            return
        quick = self.rpc(quick=True)
        patient = self.rpc() if moment.is_past else quick
        try:
            yield self._checked(reader, self.node(quick), self.node(patient))
        finally:
            quick.close()
            patient.close()

    def _checked(self, reader: Reader, quick: Node, patient: Node) -> Node | None:
        try:
            actual = quick.fetch_chain_id()
        except NodeError as error:
            _log.warning("answering from the database alone", why=str(error))
            return None
        if reader.chain_id not in (None, actual):
            raise WrongChainError(expected=reader.chain_id or 0, actual=actual, where="the node")
        return patient

    def contract_url(self) -> str:
        """The first URL that answers: contracts are asked there. Raises ConfigurationError, NodeUnreachable."""
        self.rpc(quick=True).close()
        for url in self.settings.node.url:
            rpc = self.rpc(quick=True, url=url)
            try:
                self.node(rpc).fetch_chain_id()
            except NodeError:
                continue
            finally:
                rpc.close()
            return url
        shown = ", ".join(redact(url) for url in self.settings.node.url)
        raise NodeUnreachable(shown, "no answer")


def _passwords(url: str) -> list[str]:
    """A database's password; its host, name and user are no secrets, and a file's path is none either."""
    try:
        password = urlsplit(url).password
    except ValueError:
        return [url]
    return [] if password is None else [password, unquote(password)]
