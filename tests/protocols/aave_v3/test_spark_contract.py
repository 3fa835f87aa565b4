"""SparkLend passes the shared suite: its rule on the real 3.0.2 market, whose implementation is then a known one."""

from collections.abc import Iterator

import pytest

from indexer.evm import address
from indexer.protocols import _registry
from indexer.protocols._interface import Deployment
from indexer.protocols.aave_v3.adapter import AaveV3
from indexer.protocols.aave_v3.revisions import RULES
from scripts.devnet import Devnet
from scripts.devnet.plan import LEGACY
from tests.conftest import SEED
from tests.devnet.liquidator import enrich
from tests.protocols.aave_v3.test_contract import AaveCase
from tests.protocols.case import Case
from tests.protocols.contract import ProtocolContract
from tests.protocols.following import Following
from tests.protocols.living import LivingChain

pytestmark = pytest.mark.node
LIVED = 52
"""Blocks of the common story: stable rates, e-modes, delegation, flash loans."""
FALLS = (("ETH / USD", -2_000), ("LINK / USD", -2_500))
EIP1967 = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc"


@pytest.fixture(scope="module")
def case() -> Iterator[Case]:
    with Devnet.start(seed=SEED, protocols=()) as devnet, pytest.MonkeyPatch.context() as patched:
        devnet.live(LIVED)
        enrich(devnet)
        for name, bps in FALLS:
            devnet.world.feeds.move(name, bps)
        devnet.mine()
        told = devnet.manifest.deployment(LEGACY)
        behind = address(int(devnet.rpc("eth_getStorageAt", [told.pool, EIP1967, "latest"]), 16))
        protocol = AaveV3({address(told.entry): {behind: RULES[1]}})
        patched.setitem(_registry.PROTOCOLS, "aave_v3", protocol)
        found = AaveCase(devnet, LivingChain(devnet), LEGACY)
        found.least_liquidated = 0  # this chain is short; Aave's own case has them
        yield found


class TestContract(ProtocolContract):
    def test_the_implementation_decided(self, case: Case, live: Following) -> None:
        """The suite ran under the rule, not under POOL_REVISION."""
        number = case.numbers()[-1]
        behind = address(live.rows_at(number).own["pool_implementation"])
        assert live.view(number).revision == f"1-{behind}"
        elsewhere = Deployment(LEGACY, "aave_v3", case.deployment.entry)
        unknown = AaveV3({elsewhere.entry: {}}).view(elsewhere, live.rows_at(number), "price", number)
        assert not unknown.supported
