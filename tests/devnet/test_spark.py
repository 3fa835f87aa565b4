"""SparkLend's rule on the real 3.0.2 contracts: the implementation the provider logged decides, and nothing else."""

import pytest

from indexer.evm import address
from indexer.protocols._interface import Deployment
from indexer.protocols.aave_v3.adapter import AaveV3
from indexer.protocols.aave_v3.revisions import RULES
from indexer.words import Health, Reason
from scripts.devnet import Devnet
from scripts.devnet.plan import LEGACY
from tests.devnet.comparison import compare
from tests.devnet.conftest import Figure
from tests.devnet.indexing import Indexer
from tests.devnet.witness import WAD, Witness

pytestmark = pytest.mark.node


def test_the_known_implementation_is_exact_and_another_is_unknown(
    devnet: Devnet, at_tip: Indexer, record_property: Figure
) -> None:
    deployment, cursor = at_tip.deployment(LEGACY), at_tip.cursor
    rows = at_tip.sync.book[LEGACY]
    behind = address(rows.own["pool_implementation"])
    like_spark = AaveV3({deployment.entry: {behind: RULES[1]}})
    view = like_spark.view(deployment, rows, "price", cursor.number)
    assert view.revision == f"1-{behind}"
    witness = Witness(devnet, devnet.manifest.deployment(LEGACY))
    compared = compare(view, rows, witness, cursor.number, cursor.hash, cursor.timestamp)
    record_property("fields compared", compared.fields)
    assert compared.mismatches == []
    assert compared.fields > 0
    _assert_unknown(AaveV3({deployment.entry: {address(1): RULES[1]}}), deployment, at_tip)


def _assert_unknown(protocol: AaveV3, deployment: Deployment, at_tip: Indexer) -> None:
    cursor, rows = at_tip.cursor, at_tip.sync.book[LEGACY]
    view = protocol.view(deployment, rows, "price", cursor.number)
    assert not view.supported
    assert {view.health(account, cursor.timestamp, WAD) for account in view.accounts()} == {
        Health.unknown(Reason.UNSUPPORTED_REVISION)
    }
