"""What `record_golden` asks a pool: its contracts, its market, its accounts, and what a liquidation would do."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eth_utils.crypto import keccak

from scripts.devnet.abi import Value, decode_result, encode_call
from scripts.devnet.rpc import Rpc, RpcError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ZERO = "0x" + "00" * 20
MAX = 2**256 - 1
AHEAD_SECONDS = (0, 12, 30 * 86_400)
"""Accounts are asked at the block's timestamp and this much later; liquidations at the later ones."""
CATEGORIES = range(1, 6)
RESERVE_GETTERS = (
    *("getReserveData", "getConfiguration", "getVirtualUnderlyingBalance"),
    *("getLiquidationGracePeriod", "getReserveDeficit"),
)
CATEGORY_GETTERS = (
    *("getEModeCategoryCollateralBitmap", "getEModeCategoryBorrowableBitmap", "getEModeCategoryLtvzeroBitmap"),
    *("getEModeCategoryCollateralConfig", "getIsEModeCategoryIsolated", "getEModeCategoryData"),
)
"""What some revisions have and others do not: a getter that reverts is not recorded."""
LIQUIDATION = "liquidationCall(address,address,address,uint256,bool)"
LIQUIDATED = "0xe413a321e8681d831f4dbccbca790d2952b56f977908e45be37335533e005286"
ERC20_TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
RESERVE_INITIALIZED = "0x3a0ca721fc364424566385a1aa271ed508cc2c0949c2272575fb3013a163a45f"
IMPLEMENTATIONS = {
    "PoolUpdated(address,address)": (2, "POOL_REVISION()"),
    "ATokenUpgraded(address,address,address)": (3, "ATOKEN_REVISION()"),
    "VariableDebtTokenUpgraded(address,address,address)": (3, "DEBT_TOKEN_REVISION()"),
}
"""Events that name a new implementation: in which topic, and what to ask it."""
BY_TOPIC = {"0x" + keccak(text=name).hex(): (position, getter) for name, (position, getter) in IMPLEMENTATIONS.items()}


@dataclass(frozen=True)
class Contracts:
    """The contracts of one pool at the head; lower-case addresses."""

    pool: str
    provider: str
    configurator: str
    oracle: str
    sentinel: str
    treasury: str
    reserves: dict[str, tuple[str, str, str]]
    """Asset to aToken, stable debt token (zero without one) and variable debt token; dropped reserves too."""
    ids: dict[int, str]
    """Reserve id to asset, at the head."""

    @property
    def stable(self) -> set[str]:
        """The stable debt tokens."""
        return {tokens[1] for tokens in self.reserves.values()} - {ZERO}

    @property
    def emitters(self) -> list[str]:
        """Every contract whose logs are recorded."""
        tokens = {token for tokens in self.reserves.values() for token in tokens}
        return sorted(({self.pool, self.provider, self.configurator, self.oracle} | tokens) - {ZERO})

    def facts(self, rpc: Rpc, by_block: Mapping[int, Sequence[dict[str, Any]]], head: int) -> list[list[str | None]]:
        """[to, data, answer] of what never changes: decimals, and the revisions inside implementations and tokens."""
        asked: dict[tuple[str, str], None] = {}
        for logs in by_block.values():
            for log in logs:
                topics = log["topics"]
                if topics[0] in BY_TOPIC:
                    position, getter = BY_TOPIC[topics[0]]
                    asked.setdefault(("0x" + topics[position][-40:], encode_call(getter, [])))
                elif topics[0] == RESERVE_INITIALIZED:
                    asked.setdefault(("0x" + topics[1][-40:], encode_call("decimals()", [])))
        for a_token, _, debt in self.reserves.values():
            asked.setdefault((a_token, encode_call("ATOKEN_REVISION()", [])))
            asked.setdefault((debt, encode_call("DEBT_TOKEN_REVISION()", [])))
        return answers(rpc, list(asked), head)


def answers(rpc: Rpc, calls: Sequence[tuple[str, str]], number: int, at: int | None = None) -> list[list[str | None]]:
    """[to, data, answer] of each call; None where it reverts. `at` replaces the block's time."""
    overrides: list[Any] = [] if at is None else [{}, {"time": hex(at)}]
    got = rpc.try_batch([("eth_call", [{"to": to, "data": data}, hex(number), *overrides]) for to, data in calls])
    return [[to, data, None if isinstance(one, RpcError) else one] for (to, data), one in zip(calls, got, strict=True)]


def ask(rpc: Rpc, to: str, signature: str, args: Sequence[Any], returns: str, number: int) -> Value:
    """One decoded answer."""
    return decode_result(
        returns, rpc.request("eth_call", [{"to": to, "data": encode_call(signature, args)}, hex(number)])
    )


def find_contracts(rpc: Rpc, pool: str, number: int) -> Contracts:
    """Everything that belongs to the pool, by its getters."""

    def address_of(to: str, signature: str) -> str:
        return str(ask(rpc, to, signature, [], "address", number)).lower()

    provider = address_of(pool, "ADDRESSES_PROVIDER()")
    configurator = address_of(provider, "getPoolConfigurator()")
    reserves, ids = listed_tokens(rpc, configurator, number), {}
    for asset in ask(rpc, pool, "getReservesList()", [], "address[]", number):
        words = ask(rpc, pool, "getReserveData(address)", [asset], ",".join(["uint256"] * 15), number)
        ids[words[7]] = asset.lower()
    sentinel = ZERO
    with contextlib.suppress(RpcError):
        sentinel = address_of(provider, "getPriceOracleSentinel()")
    return Contracts(
        pool=pool.lower(),
        provider=provider,
        configurator=configurator,
        oracle=address_of(provider, "getPriceOracle()"),
        sentinel=sentinel,
        treasury=address_of(next(iter(reserves.values()))[0], "RESERVE_TREASURY_ADDRESS()"),
        reserves=reserves,
        ids=ids,
    )


def listed_tokens(rpc: Rpc, configurator: str, number: int) -> dict[str, tuple[str, str, str]]:
    """aToken, stable and variable debt token of each asset as it was listed: later pools forget the stable one."""
    asked = {"address": configurator, "topics": [RESERVE_INITIALIZED], "fromBlock": "0x0", "toBlock": hex(number)}
    found = {}
    for log in rpc.request("eth_getLogs", [asked]):
        words = [log["topics"][2], *(log["data"][2 + 64 * i : 66 + 64 * i] for i in range(2))]
        a_token, stable, debt = ("0x" + word[-40:] for word in words)
        found["0x" + log["topics"][1][-40:]] = (a_token, stable, debt)
    return found


def market_reads(rpc: Rpc, contracts: Contracts, number: int) -> list[list[str | None]]:
    """[to, data, answer] of what no log carries, and of what proves the logs complete."""
    pool, calls = contracts.pool, []
    for asset, (a_token, _, debt) in contracts.reserves.items():
        calls.append((contracts.oracle, encode_call("getAssetPrice(address)", [asset])))
        calls.append((contracts.oracle, encode_call("getSourceOfAsset(address)", [asset])))
        calls.append((asset, encode_call("balanceOf(address)", [a_token])))
        calls.extend((pool, encode_call(f"{getter}(address)", [asset])) for getter in RESERVE_GETTERS)
        calls.extend((token, encode_call("scaledTotalSupply()", [])) for token in (a_token, debt))
    for category in CATEGORIES:
        calls.extend((pool, encode_call(f"{getter}(uint8)", [category])) for getter in CATEGORY_GETTERS)
    if contracts.sentinel != ZERO:
        names = ("getSequencerOracle", "getGracePeriod", "isLiquidationAllowed")
        calls.extend((contracts.sentinel, encode_call(f"{name}()", [])) for name in names)
        feed = str(ask(rpc, contracts.sentinel, "getSequencerOracle()", [], "address", number)).lower()
        calls.append((feed, encode_call("latestRoundData()", [])))
    found = answers(rpc, calls, number)
    sources = {source for source in (_price_source(one) for one in found) if source is not None}
    keys = [(contracts.oracle, encode_call("getAssetPrice(address)", [source])) for source in sorted(sources)]
    return [one for one in [*found, *answers(rpc, keys, number)] if one[2] not in (None, "0x")]


def moved_prices(rpc: Rpc, reads: list[list[str | None]], number: int, at: int) -> list[list[str | None]]:
    """Those of the prices among `reads` that are others at timestamp `at`: some move by the clock alone."""
    selector = encode_call("getAssetPrice(address)", [ZERO])[:10]
    prices = [read for read in reads if str(read[1]).startswith(selector)]
    later = answers(rpc, [(str(to), str(data)) for to, data, _ in prices], number, at)
    return [new for old, new in zip(prices, later, strict=True) if new != old]


def _price_source(answer: list[str | None]) -> str | None:
    """The price source inside an answer of getEModeCategoryData (3.1 and before), None where there is none."""
    data, said = str(answer[1]), answer[2]
    if (
        said is None
        or len(said) < 2 + 64 * 6
        or not data.startswith(encode_call("getEModeCategoryData(uint8)", [0])[:10])
    ):
        return None
    source = "0x" + said[2 + 64 * 4 : 2 + 64 * 5][-40:]
    return None if source == ZERO else source


def account_reads(rpc: Rpc, contracts: Contracts, accounts: Sequence[str], number: int) -> dict[str, list[int]]:
    """Each account's configuration word and e-mode category."""
    names = ("getUserConfiguration(address)", "getUserEMode(address)")
    calls = [(contracts.pool, encode_call(name, [who])) for who in accounts for name in names]
    words = [int(str(answer), 16) for _, _, answer in answers(rpc, calls, number)]
    return {who: words[2 * i : 2 * i + 2] for i, who in enumerate(accounts)}


def pairs(rpc: Rpc, contracts: Contracts, who: str, number: int) -> list[tuple[str, str]]:
    """(debt asset, collateral asset) of every reserve that is flagged as borrowed and as collateral."""
    word = ask(rpc, contracts.pool, "getUserConfiguration(address)", [who], "uint256", number)
    debts = [asset for i, asset in contracts.ids.items() if word >> 2 * i & 1]
    return [(d, c) for d in debts for i, c in contracts.ids.items() if word >> 2 * i + 1 & 1]


def liquidation(
    rpc: Rpc, contracts: Contracts, liquidator: str, pair: tuple[str, str, str], when: tuple[int, int]
) -> list[Any]:
    """[debt covered, collateral received, fee] of the call for the maximum, or [the revert's reason].

    `pair` is (borrower, debt asset, collateral asset), `when` the block after which and the timestamp at which.
    """
    who, debt, collateral = pair
    number, at = when
    call = {"from": liquidator, "to": contracts.pool, "gas": hex(12_000_000)}
    call["data"] = encode_call(LIQUIDATION, [collateral, debt, who, MAX, False])
    asked = {"blockStateCalls": [{"blockOverrides": {"time": hex(at)}, "calls": [call]}]}
    answer = rpc.request("eth_simulateV1", [asked, hex(number)])[0]["calls"][0]
    if answer["status"] != "0x1":
        return [revert_reason(str(answer["error"].get("data") or answer["returnData"] or "0x"))]
    logs = answer["logs"]
    event = next(log for log in logs if log["topics"][0] == LIQUIDATED)
    a_token = contracts.reserves[collateral][0]
    fees = [
        int(log["data"], 16)
        for log in logs
        if log["topics"][0] == ERC20_TRANSFER
        and log["address"].lower() == a_token
        and ["0x" + topic[-40:] for topic in log["topics"][1:]] == [who, contracts.treasury]
    ]
    # 3.0.0 logs the scaled amount first and the amount last; all others log the amount alone.
    covered, received = (int(event["data"][2 + 64 * i : 66 + 64 * i], 16) for i in range(2))
    return [covered, received, fees[-1] if fees else 0]


def revert_reason(data: str) -> str:
    """The text of `Error(string)`, else the first four bytes (a custom error or a panic)."""
    if data.startswith("0x08c379a0"):
        length = int(data[74:138], 16)
        return bytes.fromhex(data[138 : 138 + 2 * length]).decode(errors="replace")
    return data[:10]
