"""What the contracts say about the collateral chains of the devnet: positions, rates, single transactions."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from eth_utils.crypto import keccak

from scripts.devnet import Devnet
from scripts.devnet.chains import ChainsExtension, Structure, extension_of
from scripts.devnet.chains_plan import STAKED, STATIC, WRAPPED
from scripts.devnet.market import Market
from scripts.devnet.morpho_plan import NAME as MORPHO
from scripts.devnet.rpc import Json

WAD = 10**18
AAVE_BORROW = "Borrow(address,address,address,uint256,uint8,uint256,uint16)"
AAVE_SUPPLY = "Supply(address,address,address,uint256,uint16)"
MORPHO_BORROW = "Borrow(bytes32,address,address,address,uint256,uint256)"
MORPHO_COLLATERAL = "SupplyCollateral(bytes32,address,address,uint256)"
# Where each log has the account it is for, and its amount: number of topic, number of word.
PLACES = {AAVE_BORROW: (2, 1), AAVE_SUPPLY: (2, 1), MORPHO_BORROW: (2, 1), MORPHO_COLLATERAL: (3, 0)}
BORROWS = (AAVE_BORROW, MORPHO_BORROW)
TOPICS = {"0x" + keccak(text=signature).hex(): signature for signature in PLACES}


@dataclass(frozen=True)
class Held:
    """A debt, or what counts as collateral: raw units of the token."""

    deployment: str
    symbol: str
    amount: int
    is_debt: bool


@dataclass(frozen=True)
class ChainWitness:
    """Reads at the tip."""

    devnet: Devnet

    @cached_property
    def extension(self) -> ChainsExtension:
        return extension_of(self.devnet)

    @property
    def structures(self) -> dict[str, Structure]:
        return {structure.name: structure for structure in self.extension.structures()}

    def owner(self, name: str) -> str:
        return self.structures[name].owner

    def token(self, symbol: str) -> str:
        return self.devnet.manifest.token(symbol).address

    def held(self, owner: str) -> Iterator[Held]:
        """What the owner owes and has as collateral: both Aave markets, and the Morpho market of the chains."""
        for market in self.devnet.world.markets:
            for position in market.positions(owner):
                if position.debt:
                    yield Held(market.deployment.name, position.symbol, position.debt, is_debt=True)
                if position.supplied and position.used_as_collateral:
                    yield Held(market.deployment.name, position.symbol, position.supplied, is_debt=False)
        (there,) = self.extension.site.market.positions([owner])
        if there.owed:
            yield Held(MORPHO, "USDC", there.owed, is_debt=True)
        if there.collateral:
            yield Held(MORPHO, STATIC, there.collateral, is_debt=False)

    def amount(self, owner: str, deployment: str, symbol: str, *, is_debt: bool) -> int:
        """One of these, 0 where there is none."""
        found = [one.amount for one in self.held(owner) if one == Held(deployment, symbol, one.amount, is_debt)]
        return sum(found)

    def in_base(self, symbol: str, amount: int) -> tuple[str, int]:
        """The base asset under a token, and how much of it that many raw units are by the contracts' own functions."""
        if symbol == STATIC:
            return "WETH", self.devnet.call(self.token(STATIC), "convertToAssets(uint256)", [amount])
        if symbol == WRAPPED:
            return "WETH", self.devnet.call(self.token(WRAPPED), "getStETHByWstETH(uint256)", [amount])
        return ("WETH" if symbol == STAKED else symbol), amount

    def health(self, owner: str, deployment: str) -> int:
        """The health factor in 1e-18; Morpho Blue's as its liquidation compares it, limit over debt."""
        if deployment == MORPHO:
            (there,) = self.extension.site.market.positions([owner])
            return there.limit * WAD // there.owed
        return self._aave(deployment).account(owner).health_wad

    def _aave(self, deployment: str) -> Market:
        return next(market for market in self.devnet.world.markets if market.deployment.name == deployment)

    def single_transactions(self, owner: str) -> list[tuple[int, int]]:
        """Raw amounts borrowed and posted by each transaction that did both for this owner."""
        word = "0x" + owner[2:].lower().rjust(64, "0")
        sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for log in self._logs():
            signature = TOPICS[log["topics"][0]]
            topic, place = PLACES[signature]
            if log["topics"][topic] == word:
                amount = int(log["data"][2 + 64 * place : 66 + 64 * place], 16)
                sums[log["transactionHash"]][signature not in BORROWS] += amount
        return [(borrowed, posted) for borrowed, posted in sums.values() if borrowed and posted]

    def _logs(self) -> list[Json]:
        query = {"fromBlock": "0x0", "toBlock": "latest", "topics": [list(TOPICS)]}
        found: list[Json] = self.devnet.rpc("eth_getLogs", [query])
        return found
