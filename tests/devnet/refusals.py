"""What each pool says when it refuses a liquidation, by the gate we name for it."""

from eth_utils.crypto import keccak

from indexer.words import Gate
from scripts.devnet.aave_v2_plan import NAME as V2
from scripts.devnet.plan import LEGACY, MAIN


def _custom(name: str) -> str:
    return "0x" + keccak(text=f"{name}()").hex()[:8]


_PANIC = "0x4e487b71"
_SHORT_OF_TOKENS = "balance too low"

REFUSALS: dict[str, dict[Gate, set[str]]] = {
    # Aave V2: `Errors.sol` numbers them too; what fails inside the collateral manager is only "the call failed".
    V2: {
        Gate.RESERVE_PAUSED: {"64"},
        Gate.RESERVE_INACTIVE: {"2"},
        Gate.NOT_LIQUIDATABLE: {"42"},
        Gate.COLLATERAL_NOT_ENABLED: {"43"},
        Gate.INSUFFICIENT_LIQUIDITY: {"45"},
        Gate.ZERO_AMOUNT: {"23"},
        Gate.UNREADABLE: {"23"},
    },
    # Aave 3.0.2: `Errors.sol` numbers its reasons.
    LEGACY: {
        Gate.RESERVE_INACTIVE: {"27"},
        Gate.RESERVE_PAUSED: {"29"},
        Gate.SENTINEL: {"59"},
        Gate.NOT_LIQUIDATABLE: {"45"},
        Gate.COLLATERAL_NOT_ENABLED: {"46"},
        Gate.ZERO_AMOUNT: {"25"},
        Gate.INSUFFICIENT_LIQUIDITY: {_PANIC, _SHORT_OF_TOKENS},
    },
    # Aave 3.6: custom errors.
    MAIN: {
        Gate.RESERVE_INACTIVE: {_custom("ReserveInactive")},
        Gate.RESERVE_PAUSED: {_custom("ReservePaused")},
        Gate.SENTINEL: {_custom("PriceOracleSentinelCheckFailed")},
        Gate.GRACE_PERIOD: {_custom("LiquidationGraceSentinelCheckFailed")},
        Gate.NOT_LIQUIDATABLE: {_custom("HealthFactorNotBelowThreshold")},
        Gate.COLLATERAL_NOT_ENABLED: {_custom("CollateralCannotBeLiquidated")},
        Gate.LEFTOVER: {_custom("MustNotLeaveDust")},
        Gate.ZERO_AMOUNT: {_custom("InvalidBurnAmount")},
        Gate.INSUFFICIENT_LIQUIDITY: {_PANIC, _SHORT_OF_TOKENS},
    },
}
NOT_COLLATERAL = {V2: "43", LEGACY: "46", MAIN: _custom("CollateralCannotBeLiquidated")}
