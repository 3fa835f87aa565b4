"""What V2's later pools and collateral managers answered and did, replayed without a node.

`later_contracts.json.gz`: the published sources of the deployed contracts, run on the devnet's market (its `source`).
One state and what each upgrade changed in it; `getUserAccountData` of every account at three moments, and every
liquidation of everybody below one.
"""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from indexer.book import DeploymentBook, Entity
from indexer.evm import address
from indexer.protocols._interface import Deployment
from indexer.protocols.aave_v3.v2.adapter import AaveV2
from indexer.protocols.aave_v3.v2.managers import CLOSE_FACTORS
from indexer.protocols.aave_v3.v2.view import AaveV2View
from indexer.words import Gate
from tests.devnet.refusals import REFUSALS

NAME = "aave_v2"
SCENARIOS = 7
WHY = REFUSALS[NAME] | {Gate.GRACE_PERIOD: {"82"}}
NOT_COLLATERAL = "43"


@cache
def recorded() -> Any:
    path = Path(__file__).parent / "later_contracts.json.gz"
    return json.loads(gzip.decompress(path.read_bytes()))


def view_of(scenario: dict[str, Any]) -> AaveV2View:
    """The recorded market as the scenario left it; its managers' close factors are known by their addresses."""
    rows = DeploymentBook()
    for market, account, field, value in [*recorded()["rows"], *scenario["changes"]]:
        rows.set(Entity(NAME, market, account), field, None if value is None else int(value))
    factors = {address(manager): factor for manager, factor in scenario["close_factors"].items()}
    protocol = AaveV2({**CLOSE_FACTORS, **factors})
    return protocol.view(Deployment(NAME, NAME, address(0)), rows, "price", 1)


def names() -> list[str]:
    return [scenario["name"] for scenario in recorded()["scenarios"]]


@pytest.fixture(params=names())
def scenario(request: pytest.FixtureRequest) -> Any:
    return next(one for one in recorded()["scenarios"] if one["name"] == request.param)


def test_the_recording_is_whole() -> None:
    found = recorded()
    assert len(found["scenarios"]) == SCENARIOS
    assert sum(len(one["liquidations"]) for one in found["scenarios"]) >= 400
    assert {view_of(one).revision for one in found["scenarios"]} == {"3", "4", "5"}


def test_account_data(scenario: dict[str, Any]) -> None:
    view, fields = view_of(scenario), recorded()["fields"]
    compared = 0
    for account, moments in scenario["account_data"].items():
        for at, said in moments.items():
            ours = view.comparable(account, int(at))
            assert ours is not None
            assert [str(ours[name]) for name in fields] == said, (account, at)
            compared += len(said)
    assert compared >= 800


def test_liquidations(scenario: dict[str, Any]) -> None:
    view = view_of(scenario)
    for tried in scenario["liquidations"]:
        found = view.liquidation(tried["account"], tried["at"])
        pair = (tried["debt"], tried["collateral"])
        terms = next((one for one in found if (one.debt_asset, one.collateral_asset) == pair), None)
        if terms is None:
            assert tried.get("why") == NOT_COLLATERAL
        elif tried["ok"]:
            assert terms.gates == ()
            assert (str(terms.max_debt_to_cover), str(terms.collateral_to_liquidator)) == (
                tried["repaid"],
                tried["seized"],
            )
        else:
            assert tried["why"] in WHY[terms.gates[0]]


def test_an_unlisted_manager_with_a_sentinel_promises_nothing() -> None:
    """Its code could be either: without knowing the address, nothing is said to be allowed."""
    scenario = recorded()["scenarios"][-1]
    rows = view_of(scenario)._rows
    view = AaveV2().view(Deployment(NAME, NAME, address(0)), rows, "price", 1)
    terms = [one for tried in scenario["liquidations"] for one in view.liquidation(tried["account"], tried["at"])]
    assert terms
    assert all(Gate.UNREADABLE in one.gates and one.close_factor_bps is None for one in terms)
