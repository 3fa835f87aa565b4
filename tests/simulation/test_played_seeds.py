"""The simulation over real contracts: everything deployed on the devnet, and recorded chains."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from indexer.evm import address
from indexer.protocols._interface import Deployment
from scripts.devnet import Devnet
from tests.devnet.indexing import deployments_of
from tests.protocols.case import GOLDEN
from tests.protocols.living import LivingChain
from tests.protocols.replay import Chain
from tests.protocols.tape import Tape
from tests.protocols.toy.outside import install_pond, on_path
from tests.protocols.toy.pond_contract import FIRST_BLOCK, POND, recorded
from tests.simulation.conftest import EXHAUSTIVE, NewUrl
from tests.simulation.played import PlayedSimulation

pytestmark = pytest.mark.long
SEEDS = range(60 if EXHAUSTIVE else 4)
DEVNET_SEEDS = range(20 if EXHAUSTIVE else 1)
"""Fewer: each one syncs the whole devnet a dozen times."""
TAPE_SEEDS = range(20 if EXHAUSTIVE else 2)
LIVED = 120
"""Blocks of the recorded chain that is made here."""
TAPES = sorted(GOLDEN.glob("*/chain*.json.gz"))
compared: Counter[str] = Counter()


def live(seed: int, chain: Chain, deployments: Sequence[Deployment], new_url: NewUrl, *, late: bool = False) -> int:
    """One seed's life, compared with a peaceful one; how many rows were the same."""
    protocols = {deployment.protocol for deployment in deployments}
    simulation = PlayedSimulation(seed, new_url(), chain, deployments, late=late)
    simulation.run()
    assert set(simulation.compared) == protocols
    compared.update(simulation.compared)
    return simulation.compare(new_url())


@pytest.fixture(scope="module")
def living(everything: Devnet) -> LivingChain:
    return LivingChain(everything)


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tape]:
    site = tmp_path_factory.mktemp("site")
    install_pond(site)
    with on_path(site):
        yield Tape.of(recorded(31, LIVED))


@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)
class TestSeeds:
    @pytest.mark.node
    @pytest.mark.parametrize("seed", DEVNET_SEEDS)
    def test_everything_deployed(self, seed: int, everything: Devnet, living: LivingChain, new_url: NewUrl) -> None:
        deployments = deployments_of(everything)
        assert live(seed, living, deployments, new_url, late=True) > 1_000

    @pytest.mark.parametrize("seed", TAPE_SEEDS)
    @pytest.mark.parametrize("path", TAPES, ids=lambda path: f"{path.parent.name}-{path.name.partition('.')[0]}")
    def test_a_chain_of_real_contracts(self, seed: int, path: Path, new_url: NewUrl) -> None:
        tape = Tape.load(path)
        deployment = Deployment("recorded", tape.protocol, address(tape.entry), tape.first_block)
        assert live(seed, tape, [deployment], new_url) > 50

    @pytest.mark.parametrize("seed", SEEDS)
    def test_a_recorded_chain(self, seed: int, tape: Tape, new_url: NewUrl) -> None:
        deployment = Deployment("pond_main", "pond", address(POND), FIRST_BLOCK)
        assert live(seed, tape, [deployment], new_url) > 50


def test_how_much_was_compared(record_property: Callable[[str, object], None]) -> None:
    for protocol, fields in compared.items():
        record_property(protocol, f"{fields} fields")
