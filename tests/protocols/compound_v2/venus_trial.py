"""The other side of the Venus tests: what the contracts say and do, by raw calls and transactions."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from eth_abi.abi import decode
from eth_utils.crypto import keccak

from indexer.evm import address
from indexer.protocols._interface import Claim, Deployment, Truth
from indexer.words import Gate, Terms
from scripts.devnet import Devnet
from scripts.devnet.abi import address_of, encode_call
from scripts.devnet.manifest import JoinedDeployment
from scripts.devnet.rpc import Json, RpcError

RICH = 10**33
LIQUIDATOR = address_of("tests liquidator")
ENTERED = "0x" + keccak(text="MarketEntered(address,address)").hex()


def selector(error: str) -> str:
    """The first bytes of a custom error's revert data."""
    return "0x" + keccak(text=error)[:4].hex()


SEIZE_TOO_MUCH = "0x08c379a0"
PANIC = "0x4e487b71"
REFUSALS: Mapping[Gate, frozenset[str]] = {
    Gate.NOT_LIQUIDATABLE: frozenset((selector("InsufficientShortfall()"),)),
    Gate.WHOLE_ACCOUNT_ONLY: frozenset((selector("MinimalCollateralViolated(uint256,uint256)"),)),
    Gate.RESERVE_PAUSED: frozenset((selector("ActionPaused(address,uint8)"),)),
    Gate.ZERO_AMOUNT: frozenset((selector("LiquidateCloseAmountIsZero()"), SEIZE_TOO_MUCH)),
    Gate.INSUFFICIENT_LIQUIDITY: frozenset((PANIC,)),
    Gate.UNPRICED: frozenset((SEIZE_TOO_MUCH,)),
}
TOO_MUCH = frozenset((selector("TooMuchRepay()"), SEIZE_TOO_MUCH))
NOT_COLLATERAL = selector("MarketNotCollateral(address,address)")


def deployments_of(devnet: Devnet) -> tuple[Deployment, ...]:
    """The pools as the configuration names them."""
    joined = devnet.manifest.joined
    return tuple(Deployment(item.name, item.protocol, address(item.entry), item.first_block) for item in joined)


@dataclass
class Pool:
    """One pool on the node."""

    devnet: Devnet
    joined: JoinedDeployment

    @property
    def comptroller(self) -> str:
        return self.joined.entry

    def markets(self) -> dict[str, str]:
        """The vTokens by what they lend."""
        named = self.joined.contracts.items()
        return {name.removeprefix("v"): one for name, one in named if name.startswith("v")}

    def accounts(self) -> list[str]:
        """Every address in any topic of any log of the vTokens or the Comptroller."""
        asked = {"address": [*self.markets().values(), self.comptroller], "fromBlock": "0x0", "toBlock": "latest"}
        logs = self.devnet.rpc("eth_getLogs", [asked])
        topics = {topic for log in logs for topic in log["topics"][1:]}
        return sorted("0x" + topic[-40:] for topic in topics if int(topic, 16) and int(topic[:26], 16) == 0)

    def ask(self, truths: Sequence[Truth], block_hash: str) -> list[dict[str, int] | None]:
        """What the contracts answer, by name; None where a call reverts."""
        where = {"blockHash": block_hash}
        calls = [
            ("eth_call", [{"to": t.to, "data": encode_call(t.signature, list(t.arguments))}, where]) for t in truths
        ]
        answers = self.devnet.chain.rpc.try_batch(calls)
        return [None if isinstance(said, RpcError) else named(t, said) for t, said in zip(truths, answers, strict=True)]

    def differences(self, claims: Sequence[Claim], block_hash: str) -> list[str]:
        """Claims the contracts contradict. A claim of nothing needs a call that reverts."""
        wrong = []
        for claim, said in zip(claims, self.ask([claim.truth for claim in claims], block_hash), strict=True):
            if (None if said is None else {name: said[name] for name in claim.truth.fields if name}) != claim.ours:
                wrong.append(f"{claim.truth.signature} {claim.truth.arguments}: {said}, we say {claim.ours}")
        return wrong


def named(truth: Truth, data: str) -> dict[str, int]:
    """The words of an answer by name."""
    types = truth.types or ("uint256",) * len(truth.fields)
    words = decode(types, bytes.fromhex(data[2:]))
    return {name: int(word) for name, word in zip(truth.fields, words, strict=True) if name}


def enrich(devnet: Devnet) -> None:
    """Mint more of every token than there is debt, and approve every market."""
    for joined in devnet.manifest.joined:
        for symbol, market in Pool(devnet, joined).markets().items():
            token = devnet.manifest.token(symbol).address
            devnet.send(LIQUIDATOR, token, "mint(address,uint256)", [LIQUIDATOR, RICH])
            devnet.send(LIQUIDATOR, token, "approve(address,uint256)", [market, RICH])


@dataclass(frozen=True)
class Outcome:
    """A mined transaction: None in `refused` where it went through, else the first bytes of its revert."""

    refused: str | None
    logs: tuple[Json, ...] = ()
    changes: Mapping[tuple[str, str], int] | None = None
    """(token or vToken, holder) -> how its balance changed."""


class Trial:
    """Liquidations in the next block, each at an exact timestamp and taken back."""

    def __init__(self, pool: Pool, at: int) -> None:
        self.pool = pool
        self.at = at
        self._rpc = pool.devnet.chain.rpc
        self._tokens = {
            market.lower(): pool.devnet.manifest.token(symbol).address.lower()
            for symbol, market in pool.markets().items()
        }

    def pairs(self, borrower: str, wanted: Sequence[tuple[str, str, int]]) -> list[str | None]:
        """Why each `liquidateBorrow` (debt, collateral, amount) would be refused, by calls; None: it would not."""
        return self._would([(debt, self._pair(borrower, collateral, amount)) for debt, collateral, amount in wanted])

    def pair(self, borrower: str, debt: str, collateral: str, amount: int) -> Outcome:
        """`liquidateBorrow` by the rich liquidator, mined."""
        return self._send(borrower, debt, self._pair(borrower, collateral, amount))

    def heal(self, borrower: str, *, mined: bool) -> Outcome:
        """`healAccount`; as a call only where it is not to be mined."""
        return self._do(borrower, encode_call("healAccount(address)", [borrower]), mined=mined)

    def whole(self, borrower: str, orders: Sequence[tuple[str, str, int]], *, mined: bool) -> Outcome:
        """`liquidateAccount` with orders (collateral, debt, amount)."""
        signature = "liquidateAccount(address,(address,address,uint256)[])"
        return self._do(borrower, encode_call(signature, [borrower, list(orders)]), mined=mined)

    def _pair(self, borrower: str, collateral: str, amount: int) -> str:
        return encode_call("liquidateBorrow(address,uint256,address)", [borrower, amount, collateral])

    def _do(self, borrower: str, data: str, *, mined: bool) -> Outcome:
        to = self.pool.comptroller
        return self._send(borrower, to, data) if mined else Outcome(self._would([(to, data)])[0])

    def _would(self, wanted: Sequence[tuple[str, str]]) -> list[str | None]:
        moment = {"number": hex(self.pool.devnet.block_number + 1), "time": hex(self.at)}
        calls = [
            ("eth_call", [{"from": LIQUIDATOR, "to": to, "data": data}, "latest", {}, moment]) for to, data in wanted
        ]
        answers = self._rpc.try_batch(calls) if calls else []
        return [str(said.data or "0x")[:10] if isinstance(said, RpcError) else None for said in answers]

    def _send(self, borrower: str, to: str, data: str) -> Outcome:
        transaction = {"from": LIQUIDATOR, "to": to, "data": data}
        with self._taken_back():
            before = self._balances(borrower)
            gas = {"gas": hex(8_000_000), "gasPrice": "0x0"}
            sent = self._rpc.request("eth_sendTransaction", [transaction | gas])
            self._rpc.request("evm_mine", [{"timestamp": self.at}])
            receipt, head = self._rpc.batch(
                [("eth_getTransactionReceipt", [sent]), ("eth_getBlockByNumber", ["latest", False])]
            )
            assert (head["transactions"], int(head["timestamp"], 16)) == ([sent], self.at)
            if receipt["status"] == "0x1":
                after = self._balances(borrower)
                changes = {key: after[key] - before[key] for key in after if after[key] != before[key]}
                return Outcome(None, tuple(receipt["logs"]), changes)
            trace = self._rpc.request("debug_traceTransaction", [sent, {"tracer": "callTracer"}])
            return Outcome(str(trace.get("output", "0x"))[:10])

    @contextmanager
    def _taken_back(self) -> Iterator[None]:
        before = self._rpc.request("evm_snapshot")
        try:
            yield
        finally:
            assert self._rpc.request("evm_revert", [before])

    def _balances(self, borrower: str) -> dict[tuple[str, str], int]:
        """VTokens of both, tokens of the liquidator, and the borrower's stored debts under the name of the market."""
        asked = [(market, "balanceOf(address)", who) for market in self._tokens for who in (borrower, LIQUIDATOR)]
        asked += [(token, "balanceOf(address)", LIQUIDATOR) for token in self._tokens.values()]
        calls = [("eth_call", [{"to": to, "data": encode_call(sig, [who])}, "latest"]) for to, sig, who in asked]
        answers = self._rpc.batch(calls)
        return {(to, who.lower()): int(said, 16) for (to, _, who), said in zip(asked, answers, strict=True)}

    def debts(self, borrower: str) -> dict[str, int]:
        """Stored debts by vToken."""
        data = encode_call("borrowBalanceStored(address)", [borrower])
        answers = self._rpc.batch([("eth_call", [{"to": to, "data": data}, "latest"]) for to in self._tokens])
        return {to: int(said, 16) for to, said in zip(self._tokens, answers, strict=True)}

    def market_of(self, asset: str) -> str:
        """The vToken that lends a token."""
        return next(market for market, token in self._tokens.items() if token == asset.lower())

    def expected(self, borrower: str, parts: Sequence[Terms]) -> dict[tuple[str, str], int]:
        """What these terms say every balance changes by."""
        found: dict[tuple[str, str], int] = {}
        for part in parts:
            vtoken, token = part.collateral_asset.lower(), part.debt_asset.lower()
            moved = (
                ((token, LIQUIDATOR.lower()), -part.max_debt_to_cover),
                ((vtoken, LIQUIDATOR.lower()), part.collateral_to_liquidator),
                ((vtoken, borrower.lower()), -part.collateral_to_liquidator - part.protocol_fee),
            )
            for key, amount in moved:
                found[key] = found.get(key, 0) + amount
        return {key: amount for key, amount in found.items() if amount}

    def amounts(self, borrower: str, pair: tuple[str, str], outcome: Outcome) -> dict[str, int]:
        """What a mined liquidation of a pair (token owed, vToken seized) did, by the names of terms."""
        changes = outcome.changes or {}
        token, vtoken = (one.lower() for one in pair)
        received = changes.get((vtoken, LIQUIDATOR.lower()), 0)
        return {
            "max_debt_to_cover": -changes.get((token, LIQUIDATOR.lower()), 0),
            "collateral_to_liquidator": received,
            "protocol_fee": -changes.get((vtoken, borrower.lower()), 0) - received,
        }
