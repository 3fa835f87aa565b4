"""The comparison is worth something: one planted wei, price unit or basis point is noticed, at exactly its holders."""

from collections.abc import Callable

import pytest

from indexer.book import Book, Entity
from scripts.devnet import Devnet
from scripts.devnet.manifest import Deployment
from scripts.devnet.plan import LEGACY, MAIN
from tests.devnet.comparison import Comparison, compare
from tests.devnet.indexing import Indexer
from tests.devnet.witness import Holding, Witness

pytestmark = pytest.mark.node

THRESHOLD_BPS = 1 << 16  # one basis point in the configuration word
Change = Callable[[int], int]


def planted(devnet: Devnet, at_tip: Indexer, entity: Entity, field: str, change: Change) -> Comparison:
    """Compare a book in which one integer was changed."""
    book = Book().load(at_tip.store.load_state())
    before = book.get(entity, field)
    assert before is not None
    book.set(entity, field, change(before))
    cursor, deployment = at_tip.cursor, devnet.manifest.deployment(entity.deployment)
    rows, witness = book[entity.deployment], Witness(devnet, deployment)
    view = at_tip.view_of(entity.deployment, rows)
    return compare(view, rows, witness, cursor.number, cursor.hash, cursor.timestamp)


def holdings(devnet: Devnet, at_tip: Indexer, name: str) -> dict[Holding, int]:
    """What the contracts say everybody holds."""
    return Witness(devnet, devnet.manifest.deployment(name)).holdings(at_tip.cursor.number, at_tip.cursor.hash)


def asset_of(devnet: Devnet, symbol: str) -> str:
    return devnet.manifest.token(symbol).address.lower()


def flagged(devnet: Devnet, deployment: Deployment, account: str, asset: str) -> bool:
    """Whether the contract uses the asset as the account's collateral."""
    words = ",".join([*["uint256"] * 7, "uint40", "bool"])
    answer = devnet.call(deployment.data_provider, "getUserReserveData(address,address)", [asset, account], words)
    return bool(answer[-1])


def emode_of(devnet: Devnet, deployment: Deployment, account: str) -> int:
    return int(devnet.call(deployment.pool, "getUserEMode(address)", [account]))


@pytest.mark.parametrize("name", [LEGACY, MAIN])
def test_nothing_planted_nothing_noticed(devnet: Devnet, at_tip: Indexer, name: str) -> None:
    some_market = Entity(name, asset_of(devnet, "WETH"))
    assert planted(devnet, at_tip, some_market, "price", lambda price: price).mismatches == []


@pytest.mark.parametrize("name", [LEGACY, MAIN])
@pytest.mark.parametrize("side", ["supply", "debt"])
@pytest.mark.parametrize("symbol", ["WETH", "USDC"])
def test_one_wei_in_one_position_is_noticed_at_its_holder(
    devnet: Devnet, at_tip: Indexer, name: str, side: str, symbol: str
) -> None:
    asset = asset_of(devnet, symbol)
    held = holdings(devnet, at_tip, name)
    holder = next(account for account, market, kind in held if (market, kind) == (asset, side))
    noticed = planted(devnet, at_tip, Entity(name, asset, holder), side, lambda scaled: scaled + 1)
    assert noticed.accounts == {holder}


@pytest.mark.parametrize("name", [LEGACY, MAIN])
def test_one_unit_of_debt_moves_the_account_data(devnet: Devnet, at_tip: Indexer, name: str) -> None:
    """A millionth of a dollar more debt: seen in the six fields themselves, where a wei of ether would be rounded."""
    asset = asset_of(devnet, "USDC")
    debts = {account: owed for (account, market, side), owed in holdings(devnet, at_tip, name).items()
             if (market, side) == (asset, "debt")}  # fmt: skip
    borrower = max(debts, key=lambda account: debts[account])
    noticed = planted(devnet, at_tip, Entity(name, asset, borrower), "debt", lambda scaled: scaled + 1)
    assert noticed.accounts == {borrower}
    assert any("total_debt_base" in line for line in noticed.mismatches)


@pytest.mark.parametrize("name", [LEGACY, MAIN])
def test_one_unit_in_one_price_is_noticed_at_its_holders(devnet: Devnet, at_tip: Indexer, name: str) -> None:
    deployment, asset = devnet.manifest.deployment(name), asset_of(devnet, "WETH")
    noticed = planted(devnet, at_tip, Entity(name, asset), "price", lambda price: price + 1)
    concerned: set[str] = set()
    certain: set[str] = set()
    for (account, market, side), balance in holdings(devnet, at_tip, name).items():
        if market == asset and (side != "supply" or flagged(devnet, deployment, account, asset)):
            concerned.add(account)
            certain |= {account} if balance >= 10**18 else set()  # a whole ether: its value moves by a unit or more
    assert certain
    assert certain <= noticed.accounts <= concerned


@pytest.mark.parametrize("name", [LEGACY, MAIN])
def test_one_basis_point_of_threshold_is_noticed_at_its_holders(devnet: Devnet, at_tip: Indexer, name: str) -> None:
    deployment, asset = devnet.manifest.deployment(name), asset_of(devnet, "WETH")
    noticed = planted(
        devnet, at_tip, Entity(name, asset), "configuration", lambda configuration: configuration + THRESHOLD_BPS
    )
    held = holdings(devnet, at_tip, name)
    suppliers = {account for account, market, side in held if (market, side) == (asset, "supply")}
    concerned = {account for account in suppliers if flagged(devnet, deployment, account, asset)}
    others = {account for account, market, side in held if side == "supply" and market != asset}
    certain = {account for account in concerned - others if emode_of(devnet, deployment, account) == 0}
    assert certain
    assert certain <= noticed.accounts <= concerned
