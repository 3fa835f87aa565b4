"""Puts Morpho Blue on the chain: the singleton, rate models, oracles, a vault; from an account of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from scripts.devnet.abi import address_of, created_address
from scripts.devnet.morpho_plan import FIXED, FIXED_RATE, MARKETS, NONE, VARIABLE, WAD, MorphoMarketPlan
from scripts.devnet.plan import token_plan

if TYPE_CHECKING:
    from scripts.devnet.aave_setup import Ground

ZERO = "0x" + "00" * 20
PARAMS = "(address,address,address,address,uint256)"
BASIS_POINT = WAD // 10_000

Params = tuple[str, str, str, str, int]


def market_id(params: Params) -> bytes:
    """The id of a market: the hash of its parameters."""
    return keccak(encode([PARAMS], [params]))


@dataclass
class MorphoSite:
    """Addresses, known once the deploying beat was lived."""

    ground: Ground
    admin: str = field(default_factory=lambda: address_of("devnet morpho admin"))
    recipients: tuple[str, str] = field(
        default_factory=lambda: (address_of("devnet morpho fees"), address_of("devnet morpho fees (2)"))
    )
    morpho: str = ""
    vault: str = ""
    spam: str = ""
    irms: dict[str, str] = field(default_factory=dict)
    oracles: dict[str, str] = field(default_factory=dict)
    params: dict[str, Params] = field(default_factory=dict)

    @classmethod
    def standing(cls, ground: Ground) -> MorphoSite:
        """The singleton and its rate models for those who come later: the first contracts that `deploy` creates."""
        site = cls(ground)
        site.morpho, variable, fixed = (created_address(site.admin, nonce) for nonce in range(3))
        site.irms = {VARIABLE: variable, FIXED: fixed, NONE: ZERO}
        return site

    def deploy(self) -> None:
        """Queue every contract, and the markets. Addresses follow from nonces: a replay gives the same ones."""
        self.morpho = self._create("Morpho", ["address"], [self.admin])
        self.irms = {
            VARIABLE: self._create("MorphoVariableIrm", ["address"], [self.morpho]),
            FIXED: self._create("MorphoFixedIrm", ["uint256"], [FIXED_RATE]),
            NONE: ZERO,
        }
        self.vault = self._create("MorphoVault", ["address"], [self.morpho])
        self.spam = self._create("MorphoSpam")
        for irm in self.irms.values():
            self.send("enableIrm(address)", [irm])
        for lltv in sorted({plan.lltv for plan in MARKETS}):
            self.send("enableLltv(uint256)", [lltv * BASIS_POINT])
        self.send("setFeeRecipient(address)", [self.recipients[0]])
        for plan in MARKETS:
            self._create_market(plan)

    def send(self, signature: str, args: list[object]) -> None:
        """Queue a call of the singleton by its owner."""
        self.ground.chain.send(self.admin, self.morpho, signature, args)

    def break_oracle(self, name: str, *, broken: bool) -> None:
        """Queue that a market's oracle reverts, or answers again."""
        self.ground.chain.send(self.admin, self.oracles[name], "setBroken(bool)", [broken])

    def break_rates(self, *, broken: bool) -> None:
        """Queue that the variable rate model reverts, or answers again."""
        self.ground.chain.send(self.admin, self.irms[VARIABLE], "setBroken(bool)", [broken])

    def _create_market(self, plan: MorphoMarketPlan) -> None:
        tokens, loan, collateral = self.ground.tokens, token_plan(plan.loan), token_plan(plan.collateral)
        oracle = self._create(
            "MorphoOracle",
            ["address", "address", "uint256", "uint256"],
            [*(self.ground.feeds[token.feed] for token in (collateral, loan)), collateral.decimals, loan.decimals],
        )
        params = (tokens[plan.loan], tokens[plan.collateral], oracle, self.irms[plan.irm], plan.lltv * BASIS_POINT)
        self.oracles[plan.name], self.params[plan.name] = oracle, params
        self.send(f"createMarket({PARAMS})", [params])
        if plan.fee:
            self.send(f"setFee({PARAMS},uint256)", [params, plan.fee * BASIS_POINT])

    def _create(self, name: str, types: list[str] | None = None, args: list[object] | None = None) -> str:
        code = self.ground.contracts.creation(name, types or [], args or [])
        return self.ground.chain.deploy(self.admin, code, name)
