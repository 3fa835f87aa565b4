"""Protocols that join the devnet change nothing before, and can be rolled back like anything else."""

import pytest

from scripts.devnet import Devnet
from tests.conftest import SEED

pytestmark = pytest.mark.node
LIVED = 12


def block_hash(devnet: Devnet, number: int) -> str:
    return str(devnet.rpc("eth_getBlockByNumber", [hex(number), False])["hash"])


def test_the_common_blocks_are_the_same_with_and_without(devnet: Devnet) -> None:
    with Devnet.start(seed=SEED, protocols=("venus_isolated",)) as joined:
        joined.live(LIVED)
        assert joined.story_blocks > devnet.story_blocks
        assert joined.manifest == devnet.manifest
        assert joined.tip_hash == block_hash(devnet, joined.block_number)


def test_a_deployment_is_in_the_settings_once_it_is_there() -> None:
    with Devnet.start(seed=SEED, protocols=("venus_isolated",), common=False) as devnet:
        assert not devnet.manifest.joined
        devnet.live(2)
        joined = devnet.manifest.joined
        assert [one.name for one in joined] == ["venus_isolated", "venus_isolated_timed"]
        assert {one.first_block for one in joined} == {devnet.block_number}
        assert all(f'entry = "{one.entry}"' in devnet.config_toml("sqlite://") for one in joined)
        devnet.live(8)
        before = devnet.block_number, devnet.tip_hash
        # Back between the deploying blocks, and told again on another branch.
        devnet.reorg(9)
        assert (devnet.block_number, devnet.tip_hash) != before
        assert devnet.manifest.joined == joined
        assert int(devnet.call(joined[0].contracts["vWETH"], "totalSupply()")) > 0


def test_a_name_nobody_registered_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no protocol joins the devnet as nothing_v1; there are .*venus_isolated"):
        Devnet.start(protocols=("venus_isolated", "nothing_v1"))
