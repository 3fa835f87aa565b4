"""The other side: what the contracts say, by raw eth_call, eth_getLogs and eth-abi. Nothing of the indexer is used."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from eth_utils.crypto import keccak

from scripts.devnet import Devnet
from scripts.devnet.abi import decode_result, encode_call
from scripts.devnet.manifest import Deployment
from scripts.devnet.rpc import Json, RpcError

WAD = 10**18
SIX_WORDS = ",".join(["uint256"] * 6)
FIELDS = (
    "total_collateral_base",
    "total_debt_base",
    "available_borrows_base",
    "current_liquidation_threshold",
    "ltv",
    "health_factor",
)
RESERVE_INITIALIZED = "0x" + keccak(text="ReserveInitialized(address,address,address,address,address)").hex()
BALANCE_OF = {
    "supply": "scaledBalanceOf(address)",
    "debt": "scaledBalanceOf(address)",
    "stable": "principalBalanceOf(address)",
}

AccountData = dict[str, int]
Holding = tuple[str, str, str]
"""(account, asset, `supply` | `debt` | `stable`), addresses in lower case."""


@dataclass(frozen=True)
class Token:
    """A token of a reserve: its side is `supply`, `debt` or `stable`."""

    address: str
    asset: str
    side: str


class Witness:
    """One deployment on a chain that is not reorganised meanwhile."""

    def __init__(self, devnet: Devnet, deployment: Deployment) -> None:
        self.deployment = deployment
        self.rpc = devnet.chain.rpc
        self.tip = devnet.block_number

    @cached_property
    def tokens(self) -> dict[str, Token]:
        """Every token of every reserve ever listed."""
        asked = {"address": self.deployment.configurator, "topics": [RESERVE_INITIALIZED]}
        found: dict[str, Token] = {}
        for log in self._logs(asked):
            asset = _as_address(log["topics"][1])
            words = [log["topics"][2], *_words(log["data"])]
            for side, word in zip(("supply", "stable", "debt"), words, strict=False):
                if int(word, 16):
                    found[_as_address(word)] = Token(_as_address(word), asset, side)
        return found

    @cached_property
    def _seen(self) -> dict[tuple[str, str], int]:
        """(token, account) -> the first block in which a log of the token names the account."""
        seen: dict[tuple[str, str], int] = {}
        for log in self._logs({"address": list(self.tokens)}):
            for topic in log["topics"][1:]:
                if int(topic, 16):
                    seen.setdefault((log["address"].lower(), _as_address(topic)), int(log["blockNumber"], 16))
        return seen

    def accounts(self, block: int) -> list[str]:
        """Every account that any token log up to `block` names, users or not."""
        return sorted({account for (_, account), first in self._seen.items() if first <= block})

    def holdings(self, block: int, block_hash: str) -> dict[Holding, int]:
        """Every non-zero scaled balance (stable debt: principal) at the block."""
        pairs = [pair for pair, first in self._seen.items() if first <= block]
        calls = [(token, BALANCE_OF[self.tokens[token].side], account) for token, account in pairs]
        found: dict[Holding, int] = {}
        for (address, account), answer in zip(pairs, self._ask(calls, block_hash), strict=True):
            assert isinstance(answer, str)
            token, balance = self.tokens[address], int(answer, 16)
            if balance:
                found[account, token.asset, token.side] = balance
        return found

    def account_data(
        self, accounts: Iterable[str], block_hash: str, at: int | None = None
    ) -> dict[str, AccountData | None]:
        """`getUserAccountData` of each account; None where the contract reverts. `at` replaces the block's time."""
        asked = list(accounts)
        calls = [(self.deployment.pool, "getUserAccountData(address)", account) for account in asked]
        found: dict[str, AccountData | None] = {}
        for account, answer in zip(asked, self._ask(calls, block_hash, at), strict=True):
            words = None if isinstance(answer, RpcError) else decode_result(SIX_WORDS, answer)
            found[account] = None if words is None else dict(zip(FIELDS, words, strict=True))
        return found

    def below_one(self, accounts: Iterable[str], block_hash: str, at: int | None = None) -> list[str]:
        """The accounts whose health factor the contract puts below one."""
        data = self.account_data(accounts, block_hash, at)
        return [account for account, said in data.items() if said is not None and said["health_factor"] < WAD]

    def _ask(self, calls: Sequence[tuple[str, str, str]], block_hash: str, at: int | None = None) -> list[Json]:
        override: list[Json] = [] if at is None else [{}, {"time": hex(at)}]
        where = {"blockHash": block_hash}
        return self.rpc.try_batch(
            [
                ("eth_call", [{"to": to, "data": encode_call(signature, [account])}, where, *override])
                for to, signature, account in calls
            ]
        )

    def _logs(self, asked: dict[str, Json]) -> list[dict[str, Json]]:
        logs: list[dict[str, Json]] = self.rpc.request(
            "eth_getLogs", [asked | {"fromBlock": "0x0", "toBlock": hex(self.tip)}]
        )
        return logs


def _as_address(word: str) -> str:
    return "0x" + word[-40:].lower()


def _words(data: str) -> list[str]:
    return ["0x" + data[start : start + 64] for start in range(2, len(data), 64)]
