"""One row an ilk, and one for the whole system: sizes, limits, the price behind the spot and the next one."""

from collections.abc import Mapping

from indexer.book import DeploymentBook
from indexer.errors import ArithmeticOverflow
from indexer.evm import Address
from indexer.protocols._interface import MarketRow, UpcomingPrice
from indexer.protocols.maker.claims import status_of
from indexer.protocols.maker.interfaces import auction_of, ilk_name
from indexer.protocols.maker.state import Core, Ilk
from indexer.protocols.maker.vault import feed_price
from indexer.units import PERCENTAGE_FACTOR, RAY, WAD, wad_to_bps

DAI_DECIMALS = 18
_KINDS = {
    "PSM-": "psm",
    "LITE-PSM": "psm",
    "DIRECT": "direct_deposit",
    "RWA": "real_world_assets",
    "LSE": "lockstake",
    "ALLOCATOR": "allocator",
    "TELEPORT": "teleport",
}


def kind_of(name: str) -> str:
    """What holds an ilk's urns, as far as its name tells: anything but a user's "vault" is the system's own."""
    return next((kind for prefix, kind in _KINDS.items() if name.startswith(prefix)), "vault")


def market_rows(rows: DeploymentBook, vat: Address, ilks: Mapping[str, Ilk], core: Core, at: int) -> list[MarketRow]:
    """Ilks in order of discovery, then the system under the Vat's address. Dai in wad rounded up, prices in ray.

    An ilk's `supplied` counts its token, what is `borrowed` against it Dai. The threshold is 1 / mat; who is liquidated
    loses the penalty on top of his debt, which no liquidator gets: his gain is the auction's.
    """
    return [*(_row(rows, ilk, core, at) for ilk in ilks.values()), _system(rows, vat, core)]


def _row(rows: DeploymentBook, ilk: Ilk, core: Core, at: int) -> MarketRow:
    fields = rows.markets[ilk.name]
    threshold = PERCENTAGE_FACTOR * RAY // ilk.mat if ilk.mat else None
    held = 0 if ilk.clip is None else rows.markets.get(ilk.clip.address, {}).get("held", 0)
    return MarketRow(
        market=ilk.name,
        asset=ilk.asset,
        amounts={
            "price": ilk.price,
            "spot": ilk.spot,
            "supplied": ilk.token_units(fields.get("ink", 0)),
            "borrowed": _dai(ilk.art * ilk.rate),
            "rate": ilk.rate,
            "rate_after_drip": ilk.rate_at(core, at),
            "duty": ilk.duty,
            "line": _dai(ilk.line),
            "dust": _dai(ilk.dust),
            "mat": ilk.mat,
            "hole": _dai(ilk.limits.hole),
            "dirt": _dai(ilk.limits.dirt),
            "on_auction": ilk.token_units(held),
            **_next_price(ilk, core),
        },
        facts={
            "kind": kind_of(ilk.name),
            "decimals": ilk.decimals,
            "borrowed_asset": core.dai,
            "borrowed_decimals": DAI_DECIMALS,
            "ltv_bps": threshold,
            "liquidation_threshold_bps": threshold,
            "liquidation_penalty_bps": wad_to_bps(ilk.limits.chop - WAD) if ilk.limits.chop else None,
            "oracle": None if ilk.oracle is None else ilk.oracle.address,
            "pending_from": None if ilk.oracle is None else ilk.oracle.upcoming_from,
            "clip": None if ilk.clip is None else ilk.clip.address,
            "stopped": None if ilk.clip is None else ilk.clip.stopped,
            "auctions": _auctions(rows, ilk, at),
        },
    )


def upcoming_price(ilk: Ilk, core: Core) -> UpcomingPrice | None:
    """The price of the value that the ilk's OSM shows next, as a poke would store it; None where none is known."""
    if ilk.oracle is None or ilk.oracle.upcoming is None:
        return None
    try:
        return UpcomingPrice(feed_price(ilk.oracle.upcoming, core.par), ilk.oracle.upcoming_from)
    except ArithmeticOverflow:
        return None


def _next_price(ilk: Ilk, core: Core) -> dict[str, int | None]:
    """The oracle's price that a poke would store now, and the one it shows from `pending_from` on."""
    found: dict[str, int | None] = {"oracle_price": None, "pending_price": None, "pending_spot": None}
    if ilk.oracle is None:
        return found
    try:
        if ilk.oracle.value is not None:
            found["oracle_price"] = feed_price(ilk.oracle.value, core.par)
        if ilk.oracle.upcoming is not None:
            found["pending_price"] = feed_price(ilk.oracle.upcoming, core.par)
            found["pending_spot"] = ilk.poked_spot(core, ilk.oracle.upcoming)
    except ArithmeticOverflow:
        return found
    return found


def _auctions(rows: DeploymentBook, ilk: Ilk, at: int) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for market, sale in rows.markets.items():
        auction = auction_of(market)
        if auction is None or "tab" not in sale:
            continue
        clip, number = auction
        word = rows.markets.get(clip, {}).get("ilk")
        if word is None or ilk_name(word) != ilk.name:
            continue
        status = status_of(rows, clip, sale, at)
        found.append(
            {
                "clip": clip,
                "id": number,
                "lot": str(sale["lot"]),
                "tab": str(sale["tab"]),
                "started": sale["started"],
                "price": None if status is None else str(status["price"]),
                "needs_redo": None if status is None else bool(status["needs_redo"]),
            }
        )
    return found


def _system(rows: DeploymentBook, vat: Address, core: Core) -> MarketRow:
    """All Dai and all debt without a vault; what the Vow has over and under. `bad_debt` is its sin, queued or not."""
    own = rows.own
    return MarketRow(
        market=vat,
        asset=core.dai,
        amounts={
            "borrowed": _dai(core.debt - own.get("vice", 0)),
            "reserves": None if "surplus" not in own else own["surplus"] // RAY,
            "bad_debt": None if "sin" not in own else _dai(own["sin"]),
            "unbacked": _dai(own.get("vice", 0)),
            "line": _dai(own.get("line_all", 0)),
            "hole": _dai(own.get("hole_all", 0)),
            "dirt": _dai(own.get("dirt_all", 0)),
            "par": core.par,
            "base": core.base,
        },
        facts={"kind": "system", "decimals": DAI_DECIMALS, "live": core.live, "liquidations_live": core.dog_live},
    )


def _dai(rad: int) -> int:
    """Dai in wad for an amount in rad, rounded up: what DaiJoin asks for to pay it."""
    return -(-rad // RAY)
