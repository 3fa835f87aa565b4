"""Markets and positions made by hand, and the guide's example market."""

from dataclasses import replace

from indexer.evm import ZERO_ADDRESS, Address, address
from indexer.protocols.morpho_blue.deployments import ADAPTIVE_CURVE_IRMS
from indexer.protocols.morpho_blue.state import Market, MarketParams

LOAN, COLLATERAL, ORACLE = (address(number) for number in (0xA1, 0xC0, 0x0A))
ADAPTIVE = min(ADAPTIVE_CURVE_IRMS)
OTHER_IRM = address(0x1123)
WEEK = 7 * 86_400
START = 1_700_000_000


def market(irm: Address = ZERO_ADDRESS, **fields: int | None) -> Market:
    """A market of LLTV 0.86 at a round price, empty unless told otherwise."""
    lltv = fields.pop("lltv", 86 * 10**16)
    params = MarketParams(LOAN, COLLATERAL, ORACLE, irm, lltv or 0)
    empty = Market("0x" + "ab" * 32, params, 0, 0, 0, 0, START, 0, price=4000 * 10**24, is_adaptive=irm == ADAPTIVE)
    return replace(empty, **fields)  # type: ignore[arg-type]


def example() -> Market:
    """6 and 18 decimals: 1,000,000 supplied, 340,000 borrowed against 100 at 4,000, right after the borrow."""
    return market(
        ADAPTIVE,
        total_supply_assets=10**12,
        total_supply_shares=10**18,
        total_borrow_assets=340_000 * 10**6,
        total_borrow_shares=340_000_000_000_000_000,
        rate_at_target=1_268_391_679,
    )
