"""Record what a running Aave V3 pool says, as plain integers that tests replay without a node.

    python -m scripts.record_golden --rpc http://127.0.0.1:8545 --address POOL --liquidator ACCOUNT \
        --contract "aave-dao/aave-v3-origin v3.1.0" --commit e627c742 --compiler "solc 0.8.19" --version 3.1.0 \
        --out tests/golden/aave_v3/3.1.0.json.gz

It only reads: the logs of the pool and its tokens, and at every `--every`th block the pool's own answers for every
account at several timestamps. What `liquidationCall` would do is asked with eth_simulateV1, so `--liquidator` must be
rich and have approved the pool. The node must answer about past blocks. It builds and deploys nothing.
"""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexer.protocols.aave_v3.discovery import TOPICS
from scripts.devnet.abi import decode_result, encode_call
from scripts.devnet.rpc import Rpc, RpcError
from scripts.golden_reads import (
    AHEAD_SECONDS,
    Contracts,
    account_reads,
    find_contracts,
    liquidation,
    market_reads,
    moved_prices,
    pairs,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MINT = "0x458f5fa412d0f69b08dd84872b0215675cc67bc1d5b6fd93300a1c3878b86196"
BURN = "0x4cf25bc1d991c17529c25213d3cc0cda295eeaad5f13f361969b12ea48015f90"
TRANSFER = "0x4beccb90f994c31aced7a23b5611020728a23d8ec5cddd1a3e9d97b96fda8666"
STABLE_MINT = "0xc16f4e4ca34d790de4c656c72fd015c667d688f20be64eea360618545c4c530f"
STABLE_BURN = "0x44bd20a79e993bdcc7cbedf54a3b4d19fb78490124b6b90d04fe3242eea579e8"
NAMED_ACCOUNTS = {MINT: (2,), BURN: (1,), TRANSFER: (1, 2), STABLE_MINT: (2,), STABLE_BURN: (1,)}
"""Which topics of a token's log name the accounts that it changes."""
SIX_WORDS = ",".join(["uint256"] * 6)
LOG_BLOCKS = 2_000


class Recorder:
    """One recording of one pool."""

    def __init__(self, rpc: Rpc, pool: str, liquidator: str) -> None:
        self.rpc = rpc
        self.liquidator = liquidator
        self.head = int(rpc.request("eth_blockNumber"), 16)
        self.contracts: Contracts = find_contracts(rpc, pool, self.head)
        self.accounts: dict[str, None] = {}
        self.tokens: set[str] = set()

    def logs(self) -> list[dict[str, Any]]:
        """Every log of the pool's contracts and their tokens that the indexer reads, in order."""
        found: list[dict[str, Any]] = []
        for first in range(0, self.head + 1, LOG_BLOCKS):
            asked = {
                "fromBlock": hex(first),
                "toBlock": hex(min(first + LOG_BLOCKS - 1, self.head)),
                "address": self.contracts.emitters,
                "topics": [list(TOPICS)],
            }
            found += self.rpc.request("eth_getLogs", [asked])
        return found

    def block(self, number: int, logs: list[dict[str, Any]]) -> dict[str, Any]:
        """One block's logs, and what the tokens store afterwards for the accounts that they name."""
        changed: dict[tuple[str, str], None] = {}
        for log in logs:
            for position in NAMED_ACCOUNTS.get(log["topics"][0], ()):
                account = "0x" + log["topics"][position][-40:]
                self.accounts.setdefault(account)
                changed.setdefault((log["address"].lower(), account))
        return {
            "number": number,
            "timestamp": self.timestamp(number),
            "logs": [[log["address"].lower(), log["topics"], log["data"], int(log["logIndex"], 16)] for log in logs],
            "stored": [
                [token, account, *words]
                for (token, account), words in zip(changed, self.stored(changed, number), strict=True)
            ],
        }

    def timestamp(self, number: int) -> int:
        """The block's timestamp."""
        return int(self.rpc.request("eth_getBlockByNumber", [hex(number), False])["timestamp"], 16)

    def stored(self, holdings: Iterable[tuple[str, str]], number: int) -> list[list[int]]:
        """Scaled balance and previous index of each; of a stable debt: principal, rate, last update."""
        getters = {
            True: ("principalBalanceOf(address)", "getUserStableRate(address)", "getUserLastUpdated(address)"),
            False: ("scaledBalanceOf(address)", "getPreviousIndex(address)"),
        }
        answers = []
        for token, account in holdings:
            names = getters[token in self.contracts.stable]
            answers.append([(token, name, [account]) for name in names])
        flat = iter(self.words([read for reads in answers for read in reads], number))
        return [[next(flat) for _ in reads] for reads in answers]

    def words(self, reads: list[tuple[str, str, list[Any]]], number: int, at: int | None = None) -> list[Any]:
        """One word an answer, None where the call reverts."""
        overrides = [] if at is None else [{}, {"time": hex(at)}]
        calls = [{"to": to, "data": encode_call(name, args)} for to, name, args in reads]
        got = self.rpc.try_batch([("eth_call", [call, hex(number), *overrides]) for call in calls])
        return [None if isinstance(one, RpcError) or len(one) < 66 else int(one[:66], 16) for one in got]

    def checkpoint(self, number: int, timestamp: int) -> dict[str, Any]:
        """Everything the pool says at the end of a block, at its own timestamp and later."""
        times = [timestamp + ahead for ahead in AHEAD_SECONDS]
        reads = market_reads(self.rpc, self.contracts, number)
        users = account_reads(self.rpc, self.contracts, list(self.accounts), number)
        said = {str(at): self.account_data(number, at) for at in times}
        return {
            "number": number,
            "timestamp": timestamp,
            "reads": reads,
            "users": users,
            "moved": {str(at): moved_prices(self.rpc, reads, number, at) for at in times[1:]},
            "said": said,
            "liquidations": [self.liquidations(number, at, said[str(at)]) for at in times[1:]],
        }

    def account_data(self, number: int, at: int) -> dict[str, list[int] | None]:
        """The six words of getUserAccountData of every account at a timestamp, None where it reverts."""
        calls = [
            {"to": self.contracts.pool, "data": encode_call("getUserAccountData(address)", [who])}
            for who in self.accounts
        ]
        got = self.rpc.try_batch([("eth_call", [call, hex(number), {}, {"time": hex(at)}]) for call in calls])
        return {
            who: None if isinstance(one, RpcError) else list(decode_result(SIX_WORDS, one))
            for who, one in zip(self.accounts, got, strict=True)
        }

    def liquidations(self, number: int, at: int, said: dict[str, list[int] | None]) -> dict[str, Any]:
        """The outcome of every pair of every account below one, mined at `at`."""
        below = [who for who, words in said.items() if words is not None and words[5] < 10**18]
        asked = [(who, *pair) for who in below for pair in pairs(self.rpc, self.contracts, who, number)]
        return {
            "at": at,
            "pairs": [
                [*pair, liquidation(self.rpc, self.contracts, self.liquidator, pair, (number, at))] for pair in asked
            ],
        }


def record(recorder: Recorder, every: int, named: Sequence[int], about: dict[str, Any]) -> dict[str, Any]:
    """The whole document, with a checkpoint at every so many blocks with logs and at the named blocks."""
    by_block: dict[int, list[dict[str, Any]]] = {}
    for log in recorder.logs():
        by_block.setdefault(int(log["blockNumber"], 16), []).append(log)
    for number in named:
        by_block.setdefault(number, [])
    blocks, checkpoints = [], []
    for number, logs in sorted(by_block.items()):
        blocks.append(recorder.block(number, logs))
        if recorder.accounts and (len(blocks) % every == 0 or number in named or number == max(by_block)):
            checkpoints.append(recorder.checkpoint(number, blocks[-1]["timestamp"]))
    head = recorder.rpc.request("eth_getBlockByNumber", [hex(recorder.head), False])
    chain = {"chain_id": int(recorder.rpc.request("eth_chainId"), 16), "head": recorder.head, "hash": head["hash"]}
    contracts = recorder.contracts
    return {
        "about": about | chain | {"pool": contracts.pool, "entry": contracts.provider},
        "facts": contracts.facts(recorder.rpc, by_block, recorder.head),
        "blocks": blocks,
        "checkpoints": checkpoints,
    }


def save(document: dict[str, Any], out: Path) -> None:
    """Compact and reproducible: the same recording is the same file."""
    text = json.dumps(document, separators=(",", ":")).encode()
    out.write_bytes(gzip.compress(text, 9, mtime=0) if out.suffix == ".gz" else text)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rpc", required=True, help="JSON-RPC of the node, with its past")
    parser.add_argument("--address", required=True, help="the pool (its proxy)")
    parser.add_argument("--out", required=True, type=Path, help="file to write, .json or .json.gz")
    parser.add_argument("--liquidator", required=True, help="an account rich in every asset that approved the pool")
    parser.add_argument("--every", type=int, default=15, help="a checkpoint every so many blocks with logs")
    parser.add_argument("--at", type=int, nargs="*", default=(), help="blocks with a checkpoint besides those")
    for name in ("contract", "version", "commit", "compiler"):
        parser.add_argument(f"--{name}", required=True, help="where the contract comes from; written into the file")
    args = parser.parse_args()
    about = {name: getattr(args, name) for name in ("contract", "version", "commit", "compiler")}
    recorder = Recorder(Rpc(args.rpc), args.address, args.liquidator)
    document = record(recorder, args.every, args.at, about)
    save(document, args.out)
    print(f"{args.out}: {len(document['blocks'])} blocks, {len(document['checkpoints'])} checkpoints")


if __name__ == "__main__":
    main()
