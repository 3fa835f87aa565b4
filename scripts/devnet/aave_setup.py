"""The steps both Aave versions share: provider, roles, oracle, sentinel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scripts.devnet.build import Contracts
    from scripts.devnet.chain import Chain
    from scripts.devnet.plan import ReservePlan

ZERO = "0x" + "00" * 20
SENTINEL_GRACE_SECONDS = 1800
BASE_UNIT = 10**8


@dataclass(frozen=True)
class Ground:
    """What a market is built on.

    Attributes:
        tokens: underlying address by symbol.
        sources: price source by symbol, a Chainlink proxy.
        feeds: proxy by feed name.
        admin: owner of everything and holder of every role.

    """

    chain: Chain
    contracts: Contracts
    admin: str
    treasury: str
    tokens: Mapping[str, str]
    sources: Mapping[str, str]
    feeds: Mapping[str, str]

    def deploy(
        self,
        name: str,
        types: Sequence[str] = (),
        args: Sequence[object] = (),
        libraries: Mapping[str, str] | None = None,
    ) -> str:
        """Queue a contract creation by the admin; the address it will have."""
        return self.chain.deploy(self.admin, self.contracts.creation(name, types, args, libraries), name)

    def admin_send(self, to: str, signature: str, args: Sequence[object] = ()) -> None:
        """Queue a call by the admin."""
        self.chain.send(self.admin, to, signature, args, gas=16_000_000)


def deploy_roles(ground: Ground, prefix: str, provider: str) -> None:
    """Queue the ACL manager with the admin in every role."""
    ground.admin_send(provider, "setACLAdmin(address)", [ground.admin])
    acl = ground.deploy(f"{prefix}ACLManager", ["address"], [provider])
    ground.admin_send(provider, "setACLManager(address)", [acl])
    for role in ("PoolAdmin", "EmergencyAdmin", "RiskAdmin", "AssetListingAdmin"):
        ground.admin_send(acl, f"add{role}(address)", [ground.admin])


def deploy_oracle(ground: Ground, prefix: str, provider: str, reserves: Sequence[ReservePlan]) -> str:
    """Queue AaveOracle in dollars with 8 decimals over the Chainlink proxies, without a fallback."""
    symbols = [reserve.symbol for reserve in reserves]
    oracle = ground.deploy(
        f"{prefix}AaveOracle",
        ["address", "address[]", "address[]", "address", "address", "uint256"],
        [
            provider,
            [ground.tokens[symbol] for symbol in symbols],
            [ground.sources[symbol] for symbol in symbols],
            ZERO,
            ZERO,
            BASE_UNIT,
        ],
    )
    ground.admin_send(provider, "setPriceOracle(address)", [oracle])
    return oracle


def deploy_sentinel(ground: Ground, prefix: str, provider: str) -> tuple[str, str]:
    """Queue the price oracle sentinel over a sequencer oracle that is up since long ago."""
    sequencer = ground.deploy(f"{prefix}SequencerOracle", ["address"], [ground.admin])
    ground.admin_send(sequencer, "setAnswer(bool,uint256)", [False, 1])
    sentinel = ground.deploy(
        f"{prefix}PriceOracleSentinel",
        ["address", "address", "uint256"],
        [provider, sequencer, SENTINEL_GRACE_SECONDS],
    )
    ground.admin_send(provider, "setPriceOracleSentinel(address)", [sentinel])
    return sentinel, sequencer


def configure_reserve(ground: Ground, configurator: str, plan: ReservePlan) -> None:
    """Queue the settings that have the same call in both versions."""
    asset = ground.tokens[plan.symbol]
    settings: list[tuple[str, object]] = [
        ("setReserveBorrowing(address,bool)", plan.borrowable),
        ("setReserveFlashLoaning(address,bool)", True),
        ("setReserveFactor(address,uint256)", plan.reserve_factor),
    ]
    optional: list[tuple[str, object]] = [
        ("setLiquidationProtocolFee(address,uint256)", plan.protocol_fee),
        ("setDebtCeiling(address,uint256)", plan.isolated_ceiling),
        ("setBorrowableInIsolation(address,bool)", plan.in_isolation),
        ("setSiloedBorrowing(address,bool)", plan.siloed),
        ("setSupplyCap(address,uint256)", plan.supply_cap),
        ("setBorrowCap(address,uint256)", plan.borrow_cap),
    ]
    if plan.threshold:
        ground.admin_send(
            configurator,
            "configureReserveAsCollateral(address,uint256,uint256,uint256)",
            [asset, plan.ltv, plan.threshold, plan.bonus],
        )
    for signature, value in [*settings, *(item for item in optional if item[1])]:
        ground.admin_send(configurator, signature, [asset, value])
