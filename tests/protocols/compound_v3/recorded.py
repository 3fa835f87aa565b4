"""The recorded cases as the plain integers the maths takes (tests/golden/compound_v3/cases.json.gz)."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from indexer.evm import address
from indexer.protocols.compound_v3.state import Account, Asset, Comet, Indices, RateCurve, Totals
from tests.protocols.recording import recording


@dataclass(frozen=True, slots=True)
class Case:
    """One state, and what the contract said about it."""

    name: str
    comet: Comet
    account: Account
    at: int
    contract: dict[str, Any]


@cache
def cases() -> tuple[Case, ...]:
    """Every recorded case."""
    document = recording("compound_v3", "cases.json.gz")
    found = []
    for number, row in enumerate(document["cases"]):
        inputs = row["inputs"]
        market = document["markets"][inputs["market"]]
        name = f"{number}: {inputs['market']}, {inputs['kind']}"
        found.append(Case(name, comet(market, inputs), account(market, inputs), inputs["at"], row["contract"]))
    return tuple(found)


def comet(market: dict[str, Any], inputs: dict[str, Any]) -> Comet:
    """A Comet of a recorded configuration and state."""
    totals = inputs["totals"]
    return Comet(
        base=address("0x" + "ba" * 20),
        base_scale=market["baseScale"],
        base_price=inputs["base_price"],
        supply_curve=_curve(market, "supply"),
        borrow_curve=_curve(market, "borrow"),
        store_front_price_factor=market["storeFrontPriceFactor"],
        target_reserves=market["targetReserves"],
        pause_flags=totals["pauseFlags"],
        totals=Totals(
            Indices(totals["baseSupplyIndex"], totals["baseBorrowIndex"]),
            totals["totalSupplyBase"],
            totals["totalBorrowBase"],
            totals["lastAccrualTime"],
        ),
        assets=tuple(
            _asset(info, price, total)
            for info, price, total in zip(market["assets"], inputs["prices"], inputs["totals_collateral"], strict=True)
        ),
        cash=inputs["cash"],
    )


def account(market: dict[str, Any], inputs: dict[str, Any]) -> Account:
    """The account of a recorded state."""
    balances = {
        address(info["asset"]): balance
        for info, balance in zip(market["assets"], inputs["balances"], strict=True)
        if balance
    }
    return Account(inputs["principal"], inputs["assets_in"] | inputs["reserved"] << 16, balances)


def _curve(market: dict[str, Any], side: str) -> RateCurve:
    rate = f"{side}PerSecondInterestRate"
    return RateCurve(
        market[f"{side}Kink"], market[f"{rate}Base"], market[f"{rate}SlopeLow"], market[f"{rate}SlopeHigh"]
    )


def _asset(info: dict[str, Any], price: int, total: int) -> Asset:
    return Asset(
        address=address(info["asset"]),
        offset=info["offset"],
        scale=info["scale"],
        borrow_factor=info["borrow_collateral_factor"],
        liquidate_factor=info["liquidate_collateral_factor"],
        liquidation_factor=info["liquidation_factor"],
        supply_cap=info["supply_cap"],
        price=price if price > 0 else None,
        total=total,
    )
