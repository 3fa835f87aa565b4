"""A random life of chain, servers and clients: every block that a client was told is compared with `at-risk`."""

import random
from contextlib import suppress
from dataclasses import dataclass, field

from indexer.api.stream.events import EVERYTHING, Frame, Row, split
from indexer.api.stream.picture import Key
from indexer.api.stream.replay import Position, missed, whole
from tests.unit.api.stream.scene import FIRST, Chain, Reader, Server


class Killed(BaseException):
    """The process died."""


@dataclass
class Play:
    """One chain, one server that dies now and then, one client that breaks off after any event."""

    chain: Chain
    dice: random.Random
    reader: Reader = field(default_factory=Reader)
    expected: dict[str, dict[Key, Row]] = field(default_factory=dict)
    compared: int = 0

    def __post_init__(self) -> None:
        self.server = Server(self.chain.url)
        self._fork = 0
        self._expect()

    def step(self) -> None:
        """Something happens; then the client reads on, perhaps not to the end."""
        self.dice.choice([self._grow, self._grow, self._reorg, self._restart, self._die])()
        self._read(self.dice.choice([1.0, 0.5, 0.0]))

    def finish(self) -> None:
        """Let all catch up."""
        self._keep_up()
        self._read(1.0)
        last = self.reader.pictures[-1]
        assert last.block.block_hash == self.chain.tip.hash
        self.server.close()

    def _grow(self) -> None:
        for _ in range(self.dice.randint(1, 3)):
            pending = self.dice.choice([None, FIRST // 5])
            self.chain.follow(f"{self._fork % 16:x}", FIRST * self.dice.randint(40, 130) // 100, pending)
            self._expect()
        if self.dice.random() < 0.8:
            self._keep_up()

    def _reorg(self) -> None:
        depth = min(self.dice.randint(1, 4), len(self.chain.blocks) - 1)
        self._fork += 1
        self.chain.reorg(depth)
        if self.dice.random() < 0.3:
            self._keep_up()
        self._grow()

    def _restart(self) -> None:
        self.server.close()
        if self.dice.random() < 0.5:
            self._grow_alone()
        self.server = Server(self.chain.url)
        self._keep_up()

    def _grow_alone(self) -> None:
        self.chain.follow(f"{self._fork % 16:x}", FIRST * self.dice.randint(40, 130) // 100)
        self._expect()

    def _die(self) -> None:
        """Killed between writing and saying, or just before writing."""
        self._grow_alone()
        where = self.dice.choice(["publish", "append"])

        def die(*_: object) -> None:
            raise Killed

        if where == "publish":
            self.server.announcer.broadcast.publish = die  # type: ignore[assignment,method-assign]
        else:
            self.server.store.append_stream = die  # type: ignore[assignment,method-assign]
        with suppress(Killed):
            self._keep_up()
        self._restart()

    def _keep_up(self) -> None:
        self.server.keep_up()

    def _expect(self) -> None:
        tip = self.chain.tip
        self.expected[tip.hash] = self.chain.at_risk(tip.number)

    def _read(self, part: float) -> None:
        """The client goes on after its last event, and reads a part of what there is."""
        tip = self.server.announcer.broadcast.tip
        if tip is None:
            return
        log, position = self.server.announcer.log, Position.read(self.reader.event_id)
        frames: list[Frame] = []
        while position is not None and position.seq <= tip.seq:
            found = missed(log, position, tip.seq, EVERYTHING)
            assert found is not None, "an id that was told is known"
            frames += split(found.piece)
            if found.position == position or found.position.seq == tip.seq:
                break
            position = found.position
        if position is None:
            frames = [*split(b"".join(whole(tip, EVERYTHING, "new")))]
        most = len(frames) if part == 1.0 else self.dice.randint(0, int(len(frames) * part))
        for frame in frames[:most]:
            picture = self.reader.take(frame)
            if picture is not None:
                assert picture.accounts == self.expected[picture.block.block_hash]
                self.compared += 1
