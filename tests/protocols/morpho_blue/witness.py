"""What Morpho Blue itself says on the devnet: positions at any block, liquidations mined at an exact timestamp."""

from collections.abc import Sequence
from dataclasses import dataclass

from eth_utils.crypto import keccak

from scripts.devnet import Devnet
from scripts.devnet.abi import address_of, decode_result, encode_call
from scripts.devnet.manifest import JoinedDeployment
from scripts.devnet.morpho import MorphoExtension
from scripts.devnet.morpho_deploy import PARAMS
from scripts.devnet.morpho_market import LIQUIDATE, MorphoMarket
from scripts.devnet.rpc import Json, RpcError
from tests.devnet.liquidator import MAX, RICH, Refused, revert_reason

LIQUIDATED = "0x" + keccak(text="Liquidate(bytes32,address,address,uint256,uint256,uint256,uint256,uint256)").hex()
ACCRUED = "0x" + keccak(text="AccrueInterest(bytes32,uint256,uint256,uint256)").hex()
_TOTALS = ",".join(["uint128"] * 6)


@dataclass(frozen=True)
class Liquidated:
    """What the log of a mined liquidation says, and what the liquidator's wallet paid and got."""

    repaid_assets: int
    repaid_shares: int
    seized_assets: int
    bad_debt_assets: int
    bad_debt_shares: int


class Witness:
    """Acts for a liquidator made rich beforehand; leaves the chain as it was."""

    def __init__(self, devnet: Devnet) -> None:
        self.devnet = devnet
        (self.extension,) = (one for one in devnet._extensions if isinstance(one, MorphoExtension))
        (self.deployment,) = (one for one in devnet.manifest.joined if one.protocol == "morpho_blue")
        self.liquidator = address_of("tests morpho liquidator")

    @property
    def markets(self) -> Sequence[MorphoMarket]:
        return self.extension.stage.markets

    @property
    def told(self) -> JoinedDeployment:
        return self.deployment

    def users(self) -> list[str]:
        """Everybody who could have a position: the story's users, the vault, who ever got fees."""
        site = self.extension.site
        return [*self.extension.stage.users, site.vault, *site.recipients]

    def enrich(self) -> None:
        """Queue more of every token than there is debt, approved."""
        for token in self.devnet.manifest.tokens:
            self.devnet.send(self.liquidator, token.address, "mint(address,uint256)", [self.liquidator, RICH])
            args = [self.deployment.entry, MAX]
            self.devnet.send(self.liquidator, token.address, "approve(address,uint256)", args)

    def holders(self, number: int) -> dict[str, tuple[int, int, int]]:
        """Every position that is not empty, by account key, at the end of a block."""
        asked = [(market, who) for market in self.markets for who in self.users()]
        reads = [
            (self.deployment.entry, "position(bytes32,address)", [market.id, who], "uint256,uint128,uint128")
            for market, who in asked
        ]
        rows = self.devnet.chain.calls(reads, number)
        return {
            f"{who.lower()}/0x{market.id.hex()}": tuple(row)
            for (market, who), row in zip(asked, rows, strict=True)
            if any(row)
        }

    def market(self, key: str) -> MorphoMarket:
        """The market of an account key."""
        return next(market for market in self.markets if key.endswith(market.id.hex()))

    def liquidate(self, key: str, at: int, seized: int, shares: int) -> Liquidated | Refused:
        """Mine one liquidation in a block of its own at timestamp `at`; the chain is then as before."""
        market = self.market(key)
        data = encode_call(LIQUIDATE, [market.params, key.partition("/")[0], seized, shares, b""])
        receipt, refused = self._mined(data, at)
        if refused is not None:
            return refused
        (log,) = (log for log in receipt["logs"] if log["topics"][0] == LIQUIDATED)
        words = [int(log["data"][2 + 64 * n : 66 + 64 * n], 16) for n in range(5)]
        return Liquidated(words[0], words[1], words[2], words[3], words[4])

    def accrued(self, market: MorphoMarket, at: int) -> tuple[int, ...] | Refused:
        """`market(id)` after `accrueInterest` in a block at timestamp `at`; the chain is then as before."""
        data = encode_call(f"accrueInterest({PARAMS})", [market.params])
        read = {"to": self.deployment.entry, "data": encode_call("market(bytes32)", [market.id])}
        receipt, refused = self._mined(data, at, read)
        return refused if refused is not None else tuple(decode_result(_TOTALS, receipt["read"]))

    def _mined(self, data: str, at: int, read: Json = None) -> tuple[Json, Refused | None]:
        rpc = self.devnet.chain.rpc
        transaction = {"from": self.liquidator, "to": self.deployment.entry, "data": data}
        before = rpc.request("evm_snapshot")
        sent = rpc.request("eth_sendTransaction", [transaction | {"gas": hex(8_000_000), "gasPrice": "0x0"}])
        rpc.request("evm_mine", [{"timestamp": at}])
        receipt, head = rpc.batch([("eth_getTransactionReceipt", [sent]), ("eth_getBlockByNumber", ["latest", False])])
        if read is not None:
            receipt["read"] = rpc.request("eth_call", [read, "latest"])
        assert rpc.request("evm_revert", [before])
        assert int(head["timestamp"], 16) == at
        if receipt["status"] == "0x1":
            return receipt, None
        refused = rpc.try_batch([("eth_call", [transaction, "latest", {}, {"time": hex(at)}])])[0]
        assert isinstance(refused, RpcError), "the transaction reverted, the same call does not"
        return receipt, Refused(revert_reason(refused))
