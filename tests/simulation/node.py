"""The simulated nodes at the HTTP transport: several URLs, one chain, each with its own view and its own faults."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import httpx

from indexer.evm import EMPTY_HASH
from tests.json_rpc import Json, Refusal, reply_to
from tests.simulation.chain import FINALITY, Block, Chain
from tests.simulation.faults import Fault, Faults

URLS = ("http://one.test", "http://two.test")


@dataclass
class View:
    """What one URL knows: the chain but for its last `lag` blocks, or an old fork; for `patience` more requests."""

    lag: int = 0
    tip: Block | None = None
    other_chain: bool = False
    patience: int = 0

    def path(self, chain: Chain) -> list[Block]:
        if self.tip is None:
            return chain.blocks[: max(1, len(chain.blocks) - self.lag)]
        path, block = [], self.tip
        while block is not None:
            path.append(block)
            block = block.parent  # type: ignore[assignment]
        return path[::-1]


class SimNode:
    """Answers HTTP requests; `before` is called at each, so that life goes on between any two of them."""

    def __init__(self, chain: Chain, faults: Faults, before: Callable[[], None]) -> None:
        self.chain = chain
        self.faults = faults
        self.outage = 0
        self.requests = 0
        self.verifications = 0
        self._before = before
        self._last_host = ""
        self._views = {httpx.URL(url).host: View() for url in URLS}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        self._before()
        changed, self._last_host = request.url.host != self._last_host, request.url.host
        view = self._views[request.url.host]
        self._settle(view, request.url.host, changed=changed)
        broken = self._broken_transport(request)
        if broken is not None:
            return broken
        payload = json.loads(request.content)
        items = payload if isinstance(payload, list) else [payload]
        answers = [self._answer(view, item) for item in items]
        if self.faults.now(Fault.WRONG_ID):
            answers[-1]["id"] += 1_000_000
        content = json.dumps(answers if isinstance(payload, list) else answers[0]).encode()
        if self.faults.now(Fault.CUT_JSON):
            content = content[: self.faults.dice.randrange(len(content))]
        return httpx.Response(200, content=content)

    def _settle(self, view: View, host: str, *, changed: bool) -> None:
        """Let the URL's view go astray, or come back. The second URL alone is ever of another chain or dead fork."""
        dice, second = self.faults.dice, host != httpx.URL(URLS[0]).host
        view.patience -= 1
        if view.patience < 0 or not self.faults.on:
            view.lag, view.tip, view.other_chain = 0, None, False
        if view.patience >= 0:
            return
        recent = [b for b in self.chain.orphans if self._forked_at(b) >= self.chain.finalized]
        dead = [b for b in self.chain.orphans if b not in recent]
        if self.faults.now(Fault.LAG):
            view.lag, view.patience = dice.randint(1, 9), dice.randint(1, 6)
        elif recent and self.faults.now(Fault.OLD_FORK):
            view.tip, view.patience = dice.choice(recent), dice.randint(1, 6)
        elif second and dead and self.faults.now(Fault.DEAD_FORK, 3):
            view.tip, view.patience = dice.choice(dead), dice.randint(1, 6)
        elif second and changed and self.faults.now(Fault.OTHER_CHAIN, 5):
            view.other_chain, view.patience = True, dice.randint(1, 6)

    def _forked_at(self, block: Block) -> int:
        """The number of the last canonical block under an orphan."""
        found: Block | None = block
        while found is not None and self.chain.blocks[min(found.number, self.chain.head.number)] is not found:
            found = found.parent
        return 0 if found is None else found.number

    def _broken_transport(self, request: httpx.Request) -> httpx.Response | None:
        if self.outage:
            self.outage -= 1
            raise httpx.ConnectError("gone", request=request)
        if self.faults.now(Fault.OUTAGE, 0.3):
            self.outage = self.faults.dice.randint(10, 60)
        if self.faults.now(Fault.REFUSED):
            raise httpx.ConnectError("refused", request=request)
        if self.faults.now(Fault.TIMEOUT):
            raise httpx.ReadTimeout("slow", request=request)
        if self.faults.now(Fault.RATE_429):
            return httpx.Response(429, headers={"retry-after": "2"})
        return httpx.Response(503) if self.faults.now(Fault.HTTP_503) else None

    def _answer(self, view: View, item: dict[str, Json]) -> dict[str, Json]:
        if self.faults.now(Fault.ITEM_RATE, 0.3):
            return {"jsonrpc": "2.0", "id": item["id"], "error": Refusal(-32005, "rate limit exceeded").error}
        return reply_to(item, partial(getattr(self, "_" + item["method"]), view))

    def _eth_chainId(self, view: View) -> str:  # noqa: N802
        return hex(self.chain.chain_id + view.other_chain)

    def _eth_blockNumber(self, view: View) -> str:  # noqa: N802
        return hex(view.path(self.chain)[-1].number)

    def _eth_getBlockByNumber(self, view: View, where: str, _full: bool) -> Json:  # noqa: N802
        path = view.path(self.chain)
        if where == "latest":
            return self._header(view, path[-1])
        known_final = self.chain.finalized if view.tip is None else max(0, view.tip.number - FINALITY)
        if where in ("safe", "finalized"):
            return self._header(view, path[min(known_final, len(path) - 1)])
        number = int(where, 16)
        if number >= len(path) or self.faults.now(Fault.NULL_HEADER):
            return None
        others = [block for block in self.chain.orphans if block.number == number]
        if others and self.faults.now(Fault.OTHER_FORK):
            return self._header(view, others[0])
        return self._header(view, path[number])

    def _header(self, view: View, block: Block) -> Json:
        header = block.header()
        if view.other_chain:
            header["hash"] = "0x" + header["hash"][:1:-1]
        return header

    def _eth_getBlockByHash(self, view: View, name: str, _full: bool) -> Json:  # noqa: N802
        block = None if view.other_chain else self.chain.by_hash.get(name)
        return None if block is None else block.header()

    def _eth_getLogs(self, view: View, asked: dict[str, Json]) -> Json:  # noqa: N802
        if "blockHash" in asked:
            return self._known(view, asked["blockHash"]).logs(asked)
        first, last = int(asked["fromBlock"], 16), int(asked["toBlock"], 16)
        path = view.path(self.chain)
        if last > first and self.faults.now(Fault.TOO_LARGE):
            raise Refusal(-32600, "block range too large")
        blocks = path[first : last + 1]
        if any(block.logs(asked) for block in blocks):
            if last == first and self.faults.now(Fault.SHORT_BLOCK):
                return []
            if last > first and self.faults.now(Fault.SHORT_RANGE, 2):
                blocks = blocks[: self.faults.dice.randrange(len(blocks))]
        logs = [log for block in blocks for log in block.logs(asked)]
        if logs and self.faults.now(Fault.REMOVED):
            logs += [{**log, "logIndex": hex(int(log["logIndex"], 16) + 1_000), "removed": True} for log in logs]
        return logs

    def _eth_call(self, view: View, call: dict[str, str], where: dict[str, str], *rest: Json) -> str:
        block = self._known(view, where["blockHash"])
        if "to" in call:  # a contract called without the lens, as only `verify` does
            self.verifications += 1
            return block.call(call, block.timestamp)
        if self.faults.now(Fault.PRUNED):
            raise Refusal(-32000, "missing trie node 1234 (path )")
        data = block.call(call, int(rest[1]["time"], 16) if rest else block.timestamp)
        if self.faults.now(Fault.CUT_CALL):
            data = data[: 2 + 2 * self.faults.dice.randrange(len(data) // 2 - 1)]
        return data

    def _known(self, view: View, name: str) -> Block:
        """A block by hash, if this view has it: a node that is behind says so."""
        block = self.chain.by_hash.get(name)
        path = view.path(self.chain)
        known = block is not None and (block.number < len(path) or block in self.chain.orphans)
        if block is None or not known or view.other_chain or name == EMPTY_HASH:
            raise Refusal(-32000, "header for hash not found")
        return block
