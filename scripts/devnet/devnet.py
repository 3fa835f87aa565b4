"""The devnet's front: start it, let it live, poke it, stop it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from scripts.devnet.anvil import Anvil
from scripts.devnet.build import Contracts, ensure_built
from scripts.devnet.chain import BLOCK_SECONDS, Chain, Transaction
from scripts.devnet.deploy import deploy_all
from scripts.devnet.extension import EVERY, Widening, calm_with, joined, prepare
from scripts.devnet.manifest import config_toml
from scripts.devnet.plan import token_plan
from scripts.devnet.story import World, chapters
from scripts.devnet.story.calm import calm_beat, random_life
from scripts.devnet.story.world import Beat

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from scripts.devnet.abi import Value
    from scripts.devnet.deploy import Site
    from scripts.devnet.extension import Extension
    from scripts.devnet.manifest import Manifest
    from scripts.devnet.rpc import Json

    Report = Callable[[str, float | None], None]

# Random users may fail now and then, as on a real chain: 20 times, and once in 100 transactions.
FAILURES_ALLOWED = 20
FAILURE_DIVISOR = 100

CHANGES_THE_TIP = frozenset(("evm_mine", "anvil_mine", "hardhat_mine", "evm_revert", "anvil_reorg", "anvil_rollback"))


class StoryError(Exception):
    """The story no longer makes sense, for example because too many of its random actions fail."""


class Devnet:
    """A running devnet. Use Devnet.start(), and stop() or `with` at the end."""

    def __init__(
        self, anvil: Anvil, site: Site, seed: int, report: Report, *, protocols: Sequence[str] = (), common: bool = True
    ) -> None:
        self._anvil = anvil
        self._site = site
        self._report = report
        self.chain = chain = site.ground.chain
        self.world = World(chain, site, seed)
        self._extensions = joined(self.world, protocols)
        told = [
            *(chapters() if common else ()),
            *(chapter for extension in self._extensions for chapter in extension.chapters()),
        ]
        self._beats = [(chapter.name, beat) for chapter in told for beat in chapter.beats]
        self._calm = calm_with(self._extensions, Beat(calm_beat))
        self._position = 0
        self._branch = 0
        # Story position after each block, so that a rollback can also roll back the story.
        self._first_block = chain.block_number
        self._position_at = {chain.block_number: 0}
        self._snapshots: dict[str, int] = {}

    @classmethod
    def start(
        cls,
        seed: int = 7,
        report: Report | None = None,
        *,
        port: int | None = None,
        protocols: Sequence[str] = EVERY,
        common: bool = True,
    ) -> Devnet:
        """Build what is missing, start the node and deploy everything.

        Args:
            seed: decides every account, amount and action; the same seed gives the same hashes.
            report: called with a text and, when known, the finished fraction of a phase.
            port: loopback port of the node; a free one by default.
            protocols: which others join after the common story, by the names of extension.py. They
                change nothing before: the common blocks have the same hashes with and without them.
            common: whether the common story is told first; without it they join right after the
                deployment, which saves a test that only wants them the time.

        """
        tell: Report = report or (lambda _text, _fraction: None)
        compiled = ensure_built(lambda line: tell(line, None))
        prepare(protocols, lambda line: tell(line, None))
        anvil = Anvil(port)
        try:
            chain = Chain(anvil.rpc)
            tell("deploying tokens, feeds and both Aave markets", None)
            site = deploy_all(chain, Contracts(compiled), seed)
            return cls(anvil, site, seed, tell, protocols=protocols, common=common)
        except BaseException:
            anvil.stop()
            raise

    # What is there

    @property
    def url(self) -> str:
        """The node's JSON-RPC address."""
        return self._anvil.url

    @property
    def chain_id(self) -> int:
        """The chain id."""
        return self.manifest.chain_id

    @property
    def manifest(self) -> Manifest:
        """Addresses of everything deployed by now."""
        found = tuple(one for extension in self._extensions for one in extension.deployments())
        manifest = replace(self._site.manifest, joined=found) if found else self._site.manifest
        for extension in self._extensions:
            if isinstance(extension, Widening):
                manifest = extension.widen(manifest)
        return manifest

    @property
    def extensions(self) -> tuple[Extension, ...]:
        """The protocols that joined, each with what its users and its governance can do."""
        return tuple(self._extensions)

    @property
    def block_number(self) -> int:
        """The tip's number."""
        return self.chain.block_number

    @property
    def tip_hash(self) -> str:
        """The tip's hash."""
        return str(self.rpc("eth_getBlockByNumber", ["latest", False])["hash"])

    @property
    def story_blocks(self) -> int:
        """Length of the scripted story, with the chapters of the protocols that join."""
        return len(self._beats)

    def config_toml(self, database_url: str) -> str:
        """The indexer's settings for this devnet."""
        return config_toml(self.manifest, self.url, database_url)

    # Life

    def live(self, blocks: int) -> None:
        """Live the next blocks of the story; after its end ordinary life goes on."""
        for done in range(blocks):
            self._live_one()
            self._check_failures()
            if done % 10 == 9 or done == blocks - 1:
                self._report(f"block {self.block_number}: {self._chapter()}", self._told())

    def live_all(self) -> None:
        """Live what remains of the scripted story."""
        self.live(max(0, len(self._beats) - self._position))

    def crash(self, symbol: str, bps: int) -> None:
        """Mine one block in which that asset's feed falls by `bps` and a few users act.

        The price of the delayed feed is published in this block and becomes visible later.
        """
        self.chain.sync()
        self.world.roll(self._position + self.block_number, self._branch + 1_000_000)
        self.world.feeds.move(token_plan(symbol).feed, -bps)
        random_life(self.world, 2)
        self.mine()

    def _check_failures(self) -> None:
        failures = self.chain.tolerated_failures
        budget = FAILURES_ALLOWED + self.chain.transactions // FAILURE_DIVISOR
        if len(failures) > budget:
            raise StoryError(f"{len(failures)} random actions failed, the last: {failures[-1]}")

    def _told(self) -> float:
        return min(1.0, self._position / len(self._beats))

    def _chapter(self) -> str:
        at = self._position - 1
        return self._beats[at][0] if at < len(self._beats) else "after the story"

    def _live_one(self, later: int = 0) -> None:
        self.chain.sync()
        position = self._position
        scripted = position < len(self._beats)
        beat = self._beats[position][1] if scripted else self._calm
        self.world.roll(position, self._branch)
        beat.act(self.world)
        self._position += 1
        self.mine(beat.seconds + later)

    # Poking

    def send(
        self,
        sender: str,
        to: str,
        signature: str,
        args: Sequence[Any] = (),
        *,
        expect_success: bool = True,
    ) -> Transaction:
        """Queue a transaction for the next block; its `hash` and `succeeded` are known after mine()."""
        return self.chain.send(sender, to, signature, args, must_succeed=expect_success)

    def mine(self, seconds: int = BLOCK_SECONDS, *, timestamp: int | None = None) -> int:
        """Mine the queued transactions as one block; returns its number.

        Args:
            seconds: the block's time after its parent's.
            timestamp: the block's time itself; wins over `seconds`.

        """
        number = self.chain.mine(seconds, timestamp)
        self._position_at[number] = self._position
        return number

    def call(
        self,
        to: str,
        signature: str,
        args: Sequence[Any] = (),
        returns: str = "uint256",
        block: int | str | None = None,
    ) -> Value:
        """Read a contract: one value, or a tuple when `returns` lists several types."""
        return self.chain.call(to, signature, args, returns, "latest" if block is None else block)

    def rpc(self, method: str, params: Sequence[Any] = ()) -> Json:
        """Any JSON-RPC call to the node; also one that mines or rolls back behind our back."""
        result = self.chain.rpc.request(method, params)
        if method in CHANGES_THE_TIP:
            self.chain.refresh()
        return result

    # Rolling back

    def snapshot(self) -> str:
        """Remember the chain and the story's position."""
        snapshot_id = str(self.rpc("evm_snapshot"))
        self._snapshots[snapshot_id] = self._position
        return snapshot_id

    def revert(self, snapshot_id: str) -> None:
        """Go back to a snapshot. As in the node, it can be used once."""
        if not self.rpc("evm_revert", [snapshot_id]):
            raise ValueError(f"the node knows no snapshot {snapshot_id}")
        self._position = self._snapshots.pop(snapshot_id)
        self.chain.refresh()

    def reorg(self, depth: int, then: Callable[[Devnet], None] | None = None) -> None:
        """Replace the last `depth` blocks by others, with other hashes and other state.

        Args:
            depth: how many blocks disappear.
            then: mines the new blocks. By default the same beats are lived with other dice, one
                second later and after a move of the ETH price, and one block more than before.

        """
        ancestor = self.block_number - depth
        if ancestor < self._first_block:
            raise ValueError(f"block {ancestor} lies before the end of the deployment")
        self.rpc("anvil_rollback", [depth])
        self.chain.refresh()
        # Blocks that were mined behind our back have no position of their own.
        known = max(number for number in self._position_at if number <= ancestor)
        self._position = self._position_at[known]
        self._branch += 1
        if then is not None:
            then(self)
            return
        self.world.feeds.move("ETH / USD", -35 - self._branch)
        for _ in range(depth + 1):
            self._live_one(later=1)

    # End

    def stop(self) -> None:
        """Stop the node and remove its files."""
        self._anvil.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
