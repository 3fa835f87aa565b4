"""A rich liquidator: asks the pool for the maximum, mined at an exact timestamp, and takes everything back."""

from dataclasses import dataclass

from eth_utils.crypto import keccak

from scripts.devnet import Devnet
from scripts.devnet.abi import address_of, encode_call
from scripts.devnet.manifest import Deployment
from scripts.devnet.rpc import Json, RpcError

MAX = 2**256 - 1
RICH = 10**33
LIQUIDATION = "liquidationCall(address,address,address,uint256,bool)"
LIQUIDATION_CALL = "0x" + keccak(text="LiquidationCall(address,address,address,uint256,uint256,address,bool)").hex()
TRANSFER = "0x" + keccak(text="Transfer(address,address,uint256)").hex()
NAME = "tests liquidator"


@dataclass(frozen=True)
class Pair:
    """A debt and a collateral of one borrower, token addresses in lower case."""

    borrower: str
    debt: str
    collateral: str


@dataclass(frozen=True)
class Seen:
    """What a mined liquidation did, in raw token units."""

    debt_repaid: int
    collateral_received: int
    fee_to_treasury: int


@dataclass(frozen=True)
class Refused:
    """Why it reverted: the first bytes of the revert data, as text where it is text."""

    why: str


class Liquidator:
    """Acts on one deployment, for the account that `enrich` made rich."""

    def __init__(self, devnet: Devnet, deployment: Deployment) -> None:
        self._devnet = devnet
        self._deployment = deployment
        self.address = address_of(NAME)

    def try_liquidation(self, pair: Pair, a_token: str, at: int) -> Seen | Refused:
        """Mine the call for the maximum in a block of its own at timestamp `at`; the chain is then as before."""
        rpc = self._devnet.chain.rpc
        data = encode_call(LIQUIDATION, [pair.collateral, pair.debt, pair.borrower, MAX, False])
        transaction = {"from": self.address, "to": self._deployment.pool, "data": data}
        before = rpc.request("evm_snapshot")
        gas = {"gas": hex(8_000_000), "gasPrice": "0x0"}
        sent = rpc.request("eth_sendTransaction", [transaction | gas])
        rpc.request("evm_mine", [{"timestamp": at}])
        receipt, head = rpc.batch([("eth_getTransactionReceipt", [sent]), ("eth_getBlockByNumber", ["latest", False])])
        assert rpc.request("evm_revert", [before])
        assert head["transactions"] == [sent]
        assert int(head["timestamp"], 16) == at
        if receipt["status"] == "0x1":
            return self._seen(pair, a_token, receipt["logs"])
        refused = rpc.try_batch([("eth_call", [transaction, "latest", {}, {"time": hex(at)}])])[0]
        assert isinstance(refused, RpcError), "the transaction reverted, the same call does not"
        return Refused(revert_reason(refused))

    def _seen(self, pair: Pair, a_token: str, logs: list[Json]) -> Seen:
        event = next(log for log in logs if log["topics"][0] == LIQUIDATION_CALL)
        assert [_address(topic) for topic in event["topics"][1:]] == [pair.collateral, pair.debt, pair.borrower]
        debt, collateral = (int(event["data"][2 + 64 * n : 66 + 64 * n], 16) for n in range(2))
        paid, received = self._moved(logs, pair)
        assert (paid, received) == (debt, collateral)
        treasury = self._deployment.treasury
        return Seen(debt, collateral, _transferred(logs, a_token, pair.borrower, treasury))

    def _moved(self, logs: list[Json], pair: Pair) -> tuple[int, int]:
        """What left and reached the liquidator's wallet, whatever the pool's own event says."""
        paid = sum(
            int(log["data"], 16)
            for log in _transfers(logs, pair.debt)
            if _address(log["topics"][1]) == self.address.lower()
        )
        received = sum(
            int(log["data"], 16)
            for log in _transfers(logs, pair.collateral)
            if _address(log["topics"][2]) == self.address.lower()
        )
        return paid, received


def enrich(devnet: Devnet) -> None:
    """Queue more of every token than there is debt, approved for every pool. Mined with the next block."""
    who = address_of(NAME)
    for token in devnet.manifest.tokens:
        devnet.send(who, token.address, "mint(address,uint256)", [who, RICH])
        for deployment in devnet.manifest.deployments:
            devnet.send(who, token.address, "approve(address,uint256)", [deployment.pool, MAX])


def revert_reason(error: RpcError) -> str:
    """The reason string of 3.0.2 (a number), or the selector of a custom error of 3.6."""
    data = str(error.data or "0x")
    if data.startswith("0x08c379a0"):
        length = int(data[74:138], 16)
        return bytes.fromhex(data[138 : 138 + 2 * length]).decode()
    return data[:10]


def _transfers(logs: list[Json], token: str) -> list[Json]:
    return [log for log in logs if log["topics"][0] == TRANSFER and log["address"].lower() == token.lower()]


def _transferred(logs: list[Json], token: str, sender: str, to: str) -> int:
    ends = [sender.lower(), to.lower()]
    return sum(
        int(log["data"], 16)
        for log in _transfers(logs, token)
        if [_address(topic) for topic in log["topics"][1:]] == ends
    )


def _address(word: str) -> str:
    return "0x" + word[-40:].lower()
