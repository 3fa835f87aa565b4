"""The recorder reads a running pool, and what it wrote replays without the node."""

import gzip
import json
from pathlib import Path

import pytest

from scripts.devnet import Devnet
from scripts.devnet.abi import address_of
from scripts.record_golden import Recorder, record, save
from tests.devnet.conftest import Figure
from tests.devnet.liquidator import NAME, enrich
from tests.golden.aave_v3.replay import Replay

pytestmark = pytest.mark.node

AT_LEAST = 2_000


@pytest.mark.parametrize("market", [0, 1])
def test_a_recording_of_the_devnet_replays(
    playground: Devnet, market: int, tmp_path: Path, record_property: Figure
) -> None:
    enrich(playground)
    playground.mine()
    deployment = playground.manifest.deployments[market]
    recorder = Recorder(playground.chain.rpc, deployment.pool, address_of(NAME))
    out = tmp_path / "recording.json.gz"
    save(record(recorder, 120, [playground.block_number], {"contract": deployment.revision}), out)
    replay = Replay(json.loads(gzip.decompress(out.read_bytes())))
    result = replay.run()
    record_property("comparisons", sum(result.compared.values()))
    record_property("mismatches", len(result.mismatches))
    assert result.mismatches == []
    assert sum(result.compared.values()) >= AT_LEAST
