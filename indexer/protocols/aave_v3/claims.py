"""What we say each contract would answer, for `verify`: balances to the wei, prices, indices."""

from collections.abc import Callable, Iterator

from indexer.book import DeploymentBook
from indexer.errors import ArithmeticOverflow
from indexer.evm import address
from indexer.protocols._interface import Claim, Truth
from indexer.protocols.aave_v3.accrual import normalized_debt, normalized_income
from indexer.protocols.aave_v3.interfaces import emode_id
from indexer.protocols.aave_v3.state import Market, Reserve

_TOKENS = (
    ("atoken", "scaledBalanceOf(address)", "supply"),
    ("vdebt", "scaledBalanceOf(address)", "debt"),
    ("sdebt", "principalBalanceOf(address)", "stable"),
)


def holdings(rows: DeploymentBook, account: str) -> list[Claim]:
    """The account's stored balances in every reserve it ever touched, zero ones too."""
    found = []
    for market, row in rows.positions_of(account):
        fields = rows.markets[market]
        if "id" not in fields or emode_id(market) is not None:
            continue
        for token, signature, field in _TOKENS:
            if fields.get(token):
                truth = Truth(address(fields[token]), signature, (address(account),), (f"scaled_{field}",))
                found.append(Claim(truth, {f"scaled_{field}": rows.position_value(row, field)}, market))
    return found


def markets(market: Market, rows: DeploymentBook, at: int) -> list[Claim]:
    """Every reserve's price and its two normalized indices at `at`."""
    return [claim for reserve in market.reserves.values() for claim in _reserve_claims(market, rows, reserve, at)]


def _reserve_claims(market: Market, rows: DeploymentBook, reserve: Reserve, at: int) -> Iterator[Claim]:
    pool, oracle = address(rows.own.get("pool", 0)), address(rows.own.get("oracle", 0))
    price = None if reserve.price is None else {"price": reserve.price}
    yield Claim(Truth(oracle, "getAssetPrice(address)", (reserve.asset,), ("price",)), price, reserve.asset)
    indices: dict[str, tuple[str, Callable[[], int]]] = {
        "getReserveNormalizedIncome(address)": ("normalized_income", lambda: normalized_income(reserve, at)),
        "getReserveNormalizedVariableDebt(address)": (
            "normalized_debt",
            lambda: normalized_debt(reserve, market.rules, at),
        ),
    }
    for signature, (name, index) in indices.items():
        try:
            ours: dict[str, int] | None = {name: index()}
        except ArithmeticOverflow:  # the contract reverts on it too
            ours = None
        yield Claim(Truth(pool, signature, (reserve.asset,), (name,)), ours, reserve.asset)
