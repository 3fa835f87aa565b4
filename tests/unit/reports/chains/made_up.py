"""Made-up answers of `indexer chains`, in the shape `chains_answer` gives."""

from typing import Any

Row = dict[str, Any]
USDC, WETH, WSTETH, STRANGE = ("0x" + digit * 40 for digit in "abcd")
OWNER, OTHER = "0x" + "1" * 40, "0x" + "2" * 40
FEED = "0x" + "f" * 40
_SYMBOLS = {USDC: ("USDC", 6, None, None), WETH: ("WETH", 18, None, None), WSTETH: ("wstETH", 18, "wsteth", WETH)}


def token(asset: str, symbol: str | None = None) -> Row:
    name, decimals, kind, under = _SYMBOLS.get(asset, ("?", 6, None, None))
    return {"asset": asset, "symbol": symbol or name, "decimals": decimals, "kind": kind, "underlying": under}


def side(deployment: str, asset: str, state: str = "healthy", *, factor: int | None = 1_5000, **other: Any) -> Row:
    return {
        "deployment": deployment,
        "position": OWNER,
        "account": OWNER,
        "account_market": None,
        "market": asset,
        "asset": asset,
        "amount": "1000",
        "state": state,
        "reason": "unpriced" if state == "unknown" else None,
        "health_factor_wad": None if factor is None else str(factor * 10**14),
        "ownership": "same_address",
        "feeds": [{"address": FEED, "name": "ETH / USD"}] if asset != USDC else [],
        **other,
    }


def edge(source: Row, target: Row, low: int | None, high: int | None, *way: Row, **other: Any) -> Row:
    """An edge of whole dollars, of USDC where no token is named."""
    tokens = list(way) or [token(USDC)]
    base = next((t for t in tokens if t["underlying"] is None), tokens[0])
    path = [source["deployment"], *(t["asset"] for t in tokens), target["deployment"]]
    one = 10 ** base["decimals"] // (1 if base["decimals"] == 6 else 2000)
    return {
        "owner": OWNER,
        "kind": "recursive" if source["deployment"] == target["deployment"] else "reuse",
        "path": path,
        "chain": path,
        "chain_length": 1,
        "asset": base["asset"],
        "symbol": base["symbol"],
        "decimals": base["decimals"],
        "low": None if low is None else str(low * one),
        "high": None if high is None else str(high * one),
        "total_high": None if high is None else str(high * one),
        "low_usd": None if low is None else float(low),
        "high_usd": None if high is None else float(high),
        "state": "base" if high is not None else "unreadable_rate",
        "flags": [],
        "flag_paths": [],
        "cycle_gain": None,
        "tokens": tokens,
        "source": source,
        "target": target,
        **other,
    }


def receipt(deployment: str, target: Row, amount: int, *way: Row) -> Row:
    issuer: Row = {"deployment": deployment, "account": None, "market": USDC, "state": None, "feeds": []}
    return edge(issuer, target, amount, amount, *way, kind="receipt")


def dependency(source: str, target: str, low: float, high: float, owners: int = 1, unvalued: int = 0) -> Row:
    return {
        "source": source,
        "target": target,
        "low_usd": low,
        "high_usd": high,
        "edges": owners + unvalued,
        "owners": owners,
        "unvalued_edges": unvalued,
    }


def answer(chains: list[Row], dependencies: list[Row] = [], **other: Any) -> Row:  # noqa: B006 - not changed
    return {
        "chain_id": 1,
        "block_number": 23_000_000,
        "block_hash": "0x" + "ab" * 32,
        "block_timestamp": 1_754_000_000,
        "head_block": 23_000_064,
        "head_observed_at": 1_754_000_800,
        "lag_blocks": 64,
        "lag_seconds": 812,
        "finality": "finalized",
        "deployments_unknown": [],
        "deployments_quarantined": [],
        "hidden_rows": 0,
        "chains": chains,
        "dependencies": dependencies,
        "cycles": [],
        "concentration": {"hhi_by_base": None, "hhi_by_protocol": None, "hhi_by_feed": None},
        **other,
    }
