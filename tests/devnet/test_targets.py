"""What to repay or add, really repaid and added: the contract reaches the target, and with less it does not."""

import pytest

from indexer.reports.accounts import Filters, at_risk
from indexer.reports.measured import account_rows
from indexer.reports.metrics import Measured
from indexer.reports.rows import Row
from indexer.reports.snapshot import Asked, open_snapshot
from scripts.devnet.abi import address_of
from scripts.devnet.chain import BLOCK_SECONDS
from scripts.devnet.plan import MAIN
from tests.devnet.conftest import Figure
from tests.devnet.stage import Stage
from tests.devnet.witness import WAD

pytestmark = pytest.mark.node

PAYER = address_of("who pays for others")
HIGHER = 11, 10
"""The target, as a multiple of what the account has."""
TRIED = 3
"""Accounts of each market."""


def test_the_contract_reaches_it(stage: Stage, record_property: Figure) -> None:
    tried = 0
    slack = 1 if stage.name == MAIN else 2  # 3.0.2 rounds half up: half a share may come for nothing
    for row in wanted(stage):
        account, target = row["account"], int(row["target_health_factor_wad"])
        for each in row["repay_to_target"]:
            if each["amount"] is None:
                continue
            amount = int(each["amount"])
            assert after_repaying(stage, account, each["asset"], amount) >= target
            assert after_repaying(stage, account, each["asset"], amount - slack) < target
            tried += 1
        for each in row["add_to_target"]:
            if each["amount"] is None:
                continue
            amount = int(each["amount"])
            assert after_adding(stage, account, each["asset"], amount) >= target
            assert after_adding(stage, account, each["asset"], amount - 2) < target
            tried += 1
    assert tried >= 2 * TRIED
    record_property(f"{stage.name} amounts paid", tried)


def wanted(stage: Stage) -> list[Row]:
    """Borrowers a little above the threshold, with what reaches a tenth more in the next block."""
    asked = Asked(at_timestamp=stage.soon, node=stage.following.node, block_time_s=BLOCK_SECONDS)
    found = []
    with open_snapshot(stage.following.store, asked) as snapshot:
        listed = at_risk(snapshot, Filters(below=3.0, deployment=stage.name))[0]
        above = [row for row in listed if row["health_factor_wad"] and int(row["health_factor_wad"]) > WAD]
        for row in above[:TRIED]:
            measured = Measured(target_wad=int(row["health_factor_wad"]) * HIGHER[0] // HIGHER[1])
            rows = account_rows(snapshot, row["account"], measured)
            found += [each for each in rows if each["deployment"] == stage.name]
    return found


def after_repaying(stage: Stage, account: str, asset: str, amount: int) -> int:
    before = stage.devnet.snapshot()
    stage.market.repay(PAYER, stage.symbols[asset], amount, debtor=account)
    return mined(stage, account, before)


def after_adding(stage: Stage, account: str, asset: str, amount: int) -> int:
    before = stage.devnet.snapshot()
    stage.market.supply(PAYER, stage.symbols[asset], amount, to=account)
    return mined(stage, account, before)


def mined(stage: Stage, account: str, before: str) -> int:
    """The contract's health factor at the end of the block that did it, which is then undone."""
    stage.devnet.mine()
    at = stage.soon
    said = stage.witness().account_data([account], stage.devnet.tip_hash, at)[account]
    stage.devnet.revert(before)
    assert said is not None
    return said["health_factor"]
