"""The tables of a snapshot, column by column. A change here is a new SCHEMA_VERSION (a test pins both)."""

from indexer.reports.export.columns import Column, Kind, Table

SCHEMA_VERSION = 1

TEXT, FLAG, INT64, DECIMAL38, DIGITS, FLOAT, JSON = (
    Kind.TEXT, Kind.FLAG, Kind.INT64, Kind.DECIMAL38, Kind.DIGITS, Kind.FLOAT, Kind.JSON,
)  # fmt: skip

_DEPLOYMENT = Column("deployment", TEXT, "name of the deployment")
_REVISION = Column("revision", TEXT, "revision of its contracts")
_KEY = Column("key", TEXT, "the account's key: with `deployment` it names one account, in accounts and positions")
_ASSET = Column("asset", TEXT, "the token's address")


def _token(prefix: str = "") -> tuple[Column, Column]:
    """Read once when the token is first seen, and of no block."""
    return (
        Column(f"{prefix}symbol", TEXT, "as the token calls itself: chosen by strangers", of_block=False),
        Column(f"{prefix}decimals", INT64, "the token's decimals, null where it tells none", of_block=False),
    )


ACCOUNTS = Table(
    "accounts",
    "Every account with collateral, debt or supply; unknown ones have a reason and no numbers.",
    ("deployment", "account", "market", "key"),
    (
        _DEPLOYMENT,
        _REVISION,
        _KEY,
        Column("account", TEXT, "the borrower as the protocol knows it"),
        Column("owner", TEXT, "whom it belongs to"),
        Column("ownership", TEXT, "how that is known"),
        Column("market", TEXT, "the one market it is about, null where an account has several"),
        Column("state", TEXT, "healthy, at_risk, liquidatable, bad_debt or unknown"),
        Column("reason", TEXT, "why it is unknown"),
        Column("owes", FLAG, "whether it has any debt, known without prices"),
        Column("health_factor_wad", DIGITS, "the contract's health factor, 18 decimals; null without debt"),
        Column("collateral_value", DIGITS, "unweighted, in `value_unit`"),
        Column("weighted_collateral_value", DIGITS, "what the contract compares with the debt, in `value_unit`"),
        Column("debt_value", DIGITS, "in `value_unit`"),
        Column("value_unit", TEXT, "the contract's own unit"),
        Column("value_decimals", INT64, "decimals of `value_unit`"),
        Column("value_asset", TEXT, "the token that `value_unit` counts, null where it is no token"),
        Column("collateral_usd", FLOAT, "dollars"),
        Column("debt_usd", FLOAT, "dollars"),
        Column("liquidatable_after_accrual", FLAG, "whether a liquidation that accrues first would go through"),
    ),
)
POSITIONS = Table(
    "positions",
    "One row for each side of each position that is not 0.",
    ("deployment", "account", "account_market", "key", "market", "asset", "side"),
    (
        _DEPLOYMENT,
        _KEY,
        Column("account", TEXT, "as in accounts"),
        Column("account_market", TEXT, "`market` of accounts"),
        Column("market", TEXT, "the market's key, as in markets"),
        Column("side", TEXT, "supplied or borrowed"),
        _ASSET,
        *_token(),
        Column("is_collateral", FLAG, "whether the contract counts the market as the account's collateral"),
        Column("raw", DIGITS, "raw token units, accrued to the block"),
        Column("amount", FLOAT, "whole tokens: raw / 10^decimals"),
        Column("value", DIGITS, "in the account's `value_unit`, null without a price"),
        Column("value_usd", FLOAT, "dollars"),
        Column("price", DIGITS, "the market's price where it is this asset's, as in prices"),
        Column("price_decimals", INT64, "decimals of `price`"),
        Column("feed", TEXT, "address of the feed behind the price"),
        Column("feed_round", DECIMAL38, "its round (uint80)"),
    ),
)
MARKETS = Table(
    "markets",
    "Every market: sizes, limits and flags.",
    ("deployment", "market"),
    (
        _DEPLOYMENT,
        _REVISION,
        Column("market", TEXT, "the protocol's key of the market"),
        _ASSET,
        Column("symbol", TEXT, "as the token calls itself: chosen by strangers", of_block=False),
        Column("decimals", INT64, "decimals of the asset, as the protocol has them"),
        Column("borrowed_asset", TEXT, "what is owed, where that is another token than the asset"),
        Column("borrowed_decimals", INT64, "its decimals"),
        Column("price", DIGITS, "as the protocol reads it"),
        Column("price_unit", TEXT, "unit of `price`"),
        Column("price_decimals", INT64, "decimals of `price`"),
        Column("price_usd", FLOAT, "dollars"),
        Column("supplied", DIGITS, "raw units of the asset"),
        Column("borrowed", DIGITS, "raw units of the asset, or of `borrowed_asset`"),
        Column("cash", DIGITS, "raw units that are there"),
        Column("reserves", DIGITS, "raw units that belong to the protocol; may be negative"),
        Column("bad_debt", DIGITS, "raw units that the protocol has written down"),
        Column("ltv_bps", DIGITS, "what may be borrowed at most, basis points"),
        Column("liquidation_threshold_bps", DIGITS, "basis points"),
        Column("liquidation_bonus_bps", DIGITS, "what a liquidator gets beyond what he pays, basis points"),
        Column("amounts", JSON, "integers that only this protocol has, as texts by name"),
        Column("facts", JSON, "settings and flags of this protocol, by name"),
    ),
)
PRICES = Table(
    "prices",
    "The price each market uses and where it came from.",
    ("deployment", "market"),
    (
        _DEPLOYMENT,
        Column("market", TEXT, "the protocol's key of the market"),
        _ASSET,
        Column("symbol", TEXT, "as the token calls itself: chosen by strangers", of_block=False),
        Column("price", DIGITS, "one whole token, in `price_unit`; null when the contract cannot read it"),
        Column("price_unit", TEXT, "unit of `price`"),
        Column("price_decimals", INT64, "decimals of `price`"),
        Column("price_usd", FLOAT, "dollars"),
        Column("state", TEXT, "priced or unpriced"),
        Column("source", TEXT, "the contract that the protocol's oracle asks"),
        Column("feed_address", TEXT, "the feed behind it"),
        Column("legs", JSON, "the feeds an adapter reads"),
        Column("aggregator", TEXT, "the feed's aggregator"),
        Column("phase", INT64, "the feed's phase (uint16)"),
        Column("round", DECIMAL38, "the feed's round (uint80)"),
        Column("answer", DIGITS, "the feed's answer; may be negative"),
        Column("answer_decimals", INT64, "decimals of `answer` (uint8)"),
        Column("updated_at", INT64, "when the feed answered, Unix seconds"),
        Column("age_s", INT64, "seconds from then to the block"),
        Column("feed", TEXT, "name of the feed, from the settings", of_block=False),
        Column("heartbeat_s", INT64, "how old it may become, from the settings", of_block=False),
        Column("stale", FLAG, "older than that", of_block=False),
        Column("deviation_bps", FLOAT, "distance from the feed's answer, basis points"),
        Column(
            "pending_answer", DIGITS, "published and not visible yet; known where logs were followed", of_block=False
        ),
        Column("pending_price", DIGITS, "the same as a price, where the protocol itself holds it back", of_block=False),
        Column("pending_visible_from", INT64, "Unix seconds", of_block=False),
    ),
)
_STATES = ("healthy", "at_risk", "liquidatable", "bad_debt", "unknown")
SOLVENCY = Table(
    "solvency",
    "Each market's balance: sums over positions and accounts.",
    ("deployment", "market"),
    (
        _DEPLOYMENT,
        _REVISION,
        Column("market", TEXT, "the protocol's key of the market"),
        _ASSET,
        *_token(),
        *(
            Column(name, DIGITS, "raw units, the market's own figure")
            for name in ("supplied", "borrowed", "reserves", "cash", "bad_debt")
        ),
        Column("utilisation", FLOAT, "borrowed of what is lent"),
        Column("borrowed_asset", TEXT, "the token that is owed"),
        *_token("borrowed_"),
        Column("collateral_asset", TEXT, "the token that is collateral"),
        *_token("collateral_"),
        Column("toxic_ltv", FLOAT, "LTV from which a liquidation makes an account worse"),
        Column("collateralization_ratio", FLOAT, "what stands behind what is owed here, by it"),
        Column("over_collateralization", FLOAT, "the same, less 1"),
        Column("collateral", DIGITS, "raw units: sum of the positions that count as collateral"),
        *(Column(f"debt_{state}", DIGITS, f"raw units owed by accounts that are {state}") for state in _STATES),
        Column("suppliers", INT64, "accounts that supply"),
        Column("borrowers", INT64, "accounts that owe"),
        *(
            Column(f"{name}_usd", FLOAT, "dollars")
            for name in (
                "supplied", "borrowed", "reserves", "collateral", "collateral_at_threshold",
                *(f"debt_{state}" for state in _STATES),
            )
        ),
    ),
)  # fmt: skip
DEPLOYMENTS = Table(
    "deployments",
    "Each deployment's balance in its own unit of value: sums over accounts.",
    ("deployment", "value_unit", "value_asset"),
    (
        _DEPLOYMENT,
        _REVISION,
        Column("value_unit", TEXT, "the contract's own unit"),
        Column("value_decimals", INT64, "decimals of `value_unit`"),
        Column("value_asset", TEXT, "the token that `value_unit` counts, null where it is no token"),
        Column("value_symbol", TEXT, "as it calls itself: chosen by strangers", of_block=False),
        Column("accounts", INT64, "accounts with collateral, debt or supply"),
        Column("borrowers", INT64, "accounts with debt"),
        *(Column(state, INT64, f"accounts with debt that are {state}") for state in _STATES),
        Column("unknown_accounts", INT64, "accounts of which nothing can be said"),
        Column("unvalued_accounts", INT64, "accounts of which a value cannot be told"),
        *(
            Column(name, DIGITS, "sum of the accounts' integers, in `value_unit`")
            for name in (
                "collateral_value", "weighted_collateral_value", "debt_value", "debt_value_at_risk",
                "debt_value_liquidatable", "debt_value_bad_debt", "shortfall_value", "borrowers_collateral_value",
            )
        ),
        *(
            Column(f"{name}_usd", FLOAT, "dollars")
            for name in (
                "collateral", "borrowers_collateral", "debt", "at_risk", "liquidatable", "bad_debt", "shortfall",
                "debt_unknown",
            )
        ),
        Column("utilisation", FLOAT, "borrowed of supplied"),
        Column("collateralization_ratio", FLOAT, "collateral of borrowers by debt"),
        Column("over_collateralization", FLOAT, "the same, less 1"),
        Column("hhi_borrowers", FLOAT, "concentration of debt, 0 to 1"),
        Column("hhi_collateral", FLOAT, "concentration of collateral, 0 to 1"),
    ),
)  # fmt: skip


def _end(side: str) -> tuple[Column, ...]:
    return (
        Column(f"{side}_deployment", TEXT, "name of the deployment"),
        Column(f"{side}_key", TEXT, "the account's key, as in accounts; null for a receipt's source"),
        Column(f"{side}_account", TEXT, "the account"),
        Column(f"{side}_market", TEXT, "the market"),
        Column(f"{side}_asset", TEXT, "the token there"),
        Column(f"{side}_amount", DIGITS, "raw units there"),
        Column(f"{side}_state", TEXT, "the account's state"),
        Column(f"{side}_reason", TEXT, "why it is unknown"),
        Column(f"{side}_health_factor_wad", DIGITS, "its health factor"),
        Column(f"{side}_feeds", JSON, "addresses of the feeds behind the price"),
    )


CHAINS = Table(
    "chains",
    "Collateral chains: collateral that is debt elsewhere, or another deployment's receipt.",
    ("owner", "kind", "path", "source_key", "source_market", "target_key", "target_market"),
    (
        Column("owner", TEXT, "whose"),
        Column("kind", TEXT, "reuse, recursive or receipt"),
        Column("path", JSON, "deployments and tokens passed through, in order"),
        Column("chain", JSON, "the longest way that ends with this edge"),
        Column("chain_length", INT64, "its edges"),
        Column("asset", TEXT, "the base asset that amounts are counted in"),
        *_token(),
        Column("low", DIGITS, "what single transactions prove; less where history was not read from the start"),
        Column("high", DIGITS, "what debt and collateral allow at most"),
        Column("total_high", DIGITS, "at most, of all that this debt may be"),
        Column("low_usd", FLOAT, "dollars"),
        Column("high_usd", FLOAT, "dollars"),
        Column("state", TEXT, "how far the bounds could be told"),
        Column("flags", JSON, "what is remarkable"),
        Column("cycle_gain", FLOAT, "what one turn of a cycle multiplies by"),
        Column("leverage_limit", FLOAT, "what all turns together come to"),
        *_end("source"),
        *_end("target"),
    ),
    by_protocol=False,
)
LIQUIDATIONS = Table(
    "liquidations",
    "Every liquidation up to the block.",
    ("deployment", "block_number", "log_index", "debt_asset", "collateral_asset"),
    (
        _DEPLOYMENT,
        Column("block_number", INT64, "where it happened"),
        Column("block_timestamp", INT64, "when, Unix seconds", of_block=False),
        Column("transaction_hash", TEXT, "in which transaction"),
        Column("log_index", INT64, "by which log"),
        Column("account", TEXT, "who was liquidated"),
        Column("owner", TEXT, "whom the account belongs to", of_block=False),
        Column("market", TEXT, "the market, null where accounts have several"),
        Column("liquidator", TEXT, "who did it"),
        Column("kind", TEXT, "how it is paid for"),
        Column("debt_asset", TEXT, "the token repaid"),
        *_token("debt_"),
        Column("debt_repaid", DIGITS, "raw units"),
        Column("collateral_asset", TEXT, "the token seized"),
        *_token("collateral_"),
        Column("collateral_seized", DIGITS, "raw units"),
        Column("protocol_fee", DIGITS, "raw units of the collateral that the protocol kept"),
        Column("receipt_asset", TEXT, "the receipt token seized, where the liquidator took that"),
        Column("receipt_seized", DIGITS, "raw units of it"),
        Column("auction", TEXT, "which auction it belongs to"),
        Column("bonus_bps", DIGITS, "what the liquidator got beyond what he paid, basis points", of_block=False),
        Column("bad_debt", DIGITS, "raw units of debt that nobody paid"),
        Column("debt_repaid_usd", FLOAT, "dollars"),
        Column("collateral_seized_usd", FLOAT, "dollars"),
        Column(
            "liquidatable_since", INT64, "first block of that state, where every block was followed", of_block=False
        ),
        Column("liquidatable_blocks", INT64, "blocks from then on", of_block=False),
    ),
)

TABLES = (ACCOUNTS, POSITIONS, MARKETS, PRICES, SOLVENCY, DEPLOYMENTS, CHAINS, LIQUIDATIONS)
