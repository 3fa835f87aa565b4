"""The contracts of Morpho Blue as we read them, and the names of the fields the book keeps for them.

Deployment fields: fee_recipient, adaptive_irm (the AdaptiveCurveIrm whose logs are followed, once it is enabled).
Market fields (market = the id, lower-case hex): loan_token, collateral_token, oracle, irm, lltv; total_supply_assets,
total_supply_shares, total_borrow_assets, total_borrow_shares, last_update, fee; rate_at_target (AdaptiveCurveIrm
only); and while anybody owes loan_decimals, collateral_decimals, price and next_price, and for other IRMs borrow_rate
and next_borrow_rate.
Account keys are "<address>/<market id>", so a position's account and market name the same market.
Position fields: supply_shares, borrow_shares, collateral (raw units of the collateral token).
"""

from indexer.abi import load_interface
from indexer.evm import Address, address

MORPHO = load_interface("morpho_blue", "Morpho")
IRM = load_interface("morpho_blue", "Irm")
ORACLE = load_interface("morpho_blue", "Oracle")
ERC20 = load_interface("erc20", "ERC20")

TOTALS = (
    "total_supply_assets",
    "total_supply_shares",
    "total_borrow_assets",
    "total_borrow_shares",
    "last_update",
    "fee",
)
"""What `Morpho.market(id)` returns, in order."""
PARAMS = ("loan_token", "collateral_token", "oracle", "irm", "lltv")
"""What `Morpho.idToMarketParams(id)` returns, in order."""
POSITION = ("supply_shares", "borrow_shares", "collateral")
"""What `Morpho.position(id, user)` returns, in order."""


def market_id(word: int) -> str:
    """A market's id as text, from the word of a log."""
    return f"0x{word:064x}"


def account_key(user: int | str, market: str) -> str:
    """The key of one user's position in one market."""
    return f"{address(user)}/{market}"


def parts_of(key: str) -> tuple[Address, str]:
    """The user and the market id of an account key."""
    user, _, market = key.partition("/")
    return Address(user), market
