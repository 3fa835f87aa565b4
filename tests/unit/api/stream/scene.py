"""A store that sync writes, a server's announcer over it, and a client that keeps its own list."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from indexer.api.current import Current
from indexer.api.stream.announcer import Announcer
from indexer.api.stream.events import Frame, Kind, Row
from indexer.api.stream.log import Said
from indexer.api.stream.picture import Follower, Key, Picture, key_of
from indexer.book import Change, Entity
from indexer.evm import BlockRef, address
from indexer.oracles import chainlink
from indexer.reports.face import open_store
from indexer.reports.living import Living
from indexer.reports.snapshot import Asked
from indexer.settings import StreamSettings
from indexer.store import BlockRecord, Store
from tests.unit.market_book import DEPLOYMENT
from tests.unit.reports.stored import BLOCK, HEADS, WETH, changes_of, write_store

Values = dict[tuple[Entity, str], int]
MARKET = Entity(DEPLOYMENT, WETH.asset)
SOURCE = address(0x50)
FEED = chainlink.entity(SOURCE)
FIRST = 2_000 * 10**8


def by_key(rows: list[Row]) -> dict[Key, Row]:
    found = {key_of(row): row for row in rows}
    assert len(found) == len(rows)
    return found


class Chain:
    """A store as sync writes it: each block sets ether's price, and what its feed has published beyond it."""

    def __init__(self, url: str) -> None:
        self.url = url
        write_store(url, [*changes_of(), Change(MARKET, "source", None, int(SOURCE, 16))])
        self.store = Store.open(url)
        self.blocks: list[tuple[BlockRef, Values]] = [(BLOCK, {(MARKET, "price"): FIRST})]

    @property
    def tip(self) -> BlockRef:
        return self.blocks[-1][0]

    def follow(self, fork: str, price: int, pending: int | None = None) -> BlockRef:
        """One more block on the branch `fork` (a hexadecimal digit)."""
        old, before = self.blocks[-1]
        ref = BlockRef(old.number + 1, f"0x{fork}{old.number + 1:063x}", old.hash, old.timestamp + 12)
        values: Values = {(MARKET, "price"): price, (FEED, "round"): 7, (FEED, "answer"): price}
        if pending is not None:
            values |= {(FEED, "logged_round"): 8, (FEED, "logged_answer"): pending}
        changes = [
            Change(*key, before.get(key), values.get(key))
            for key in sorted(before.keys() | values.keys())
            if before.get(key) != values.get(key)
        ]
        self.store.commit([BlockRecord(ref, complete=True, changes=changes)], ref, HEADS)
        self.blocks.append((ref, values))
        return ref

    def reorg(self, depth: int) -> None:
        """The last blocks are gone."""
        self.blocks = self.blocks[: len(self.blocks) - depth]
        self.store.undo_to(self.tip.number)

    def at_risk(self, block: int) -> dict[Key, Row]:
        """The rows of `indexer at-risk --block`, of a reader that loads that block anew."""
        with open_store(self.url) as reader:
            return by_key(reader.at_risk(block=block))

    def close(self) -> None:
        self.store.close()


class Server:
    """What stands between the store and the clients in one process. `stop` or drop it: both are the same to the log."""

    def __init__(self, url: str, **settings: Any) -> None:
        self.store = Store.open(url)
        self.announcer = Announcer(self.store, StreamSettings(**settings))
        self.said: list[Said] = []
        publish = self.announcer.broadcast.publish

        def recorded(said: Said) -> None:
            self.said.append(said)
            publish(said)

        self.announcer.broadcast.publish = recorded  # type: ignore[method-assign]
        self.current = Current(Living(self.store, Asked()), 0.01)
        self.current.listen(self.announcer)

    def keep_up(self) -> None:
        while self.current.advance():
            pass

    def close(self) -> None:
        self.announcer.close()
        self.store.close()

    def frames(self) -> list[Frame]:
        return [frame for said in self.said for frame in said.frames]


@dataclass
class Reader:
    """A client that applies frames in order, and remembers what it held at each block."""

    follower: Follower = field(default_factory=Follower)
    pictures: list[Picture] = field(default_factory=list)
    kinds: list[Kind] = field(default_factory=list)
    event_id: str | None = None

    def take(self, frame: Frame) -> Picture | None:
        head = frame.raw.partition(b"\n")[0]
        if head.startswith(b"id: "):
            self.event_id = head[4:].decode()
        self.kinds.append(frame.kind)
        picture = self.follower.take(frame.kind, frame.data)
        if picture is not None:
            self.pictures.append(picture)
        return picture

    def take_until(self, frames: Iterator[Frame], ref: BlockRef) -> Picture:
        """Apply frames up to that block's end."""
        for frame in frames:
            picture = self.take(frame)
            if picture is not None and picture.block.block_hash == ref.hash:
                return picture
        raise AssertionError(f"the stream ended before block {ref.number}")
