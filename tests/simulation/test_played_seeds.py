"""The simulation over real contracts: everything deployed on the devnet, and recorded chains."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from indexer.protocols._interface import Deployment
from scripts.devnet import Devnet
from tests.devnet.indexing import deployments_of
from tests.protocols.living import LivingChain
from tests.protocols.tape import Tape
from tests.protocols.toy.outside import install_pond, on_path
from tests.protocols.toy.pond_contract import FIRST_BLOCK, POND, recorded
from tests.simulation.conftest import EXHAUSTIVE, NewUrl
from tests.simulation.played import PlayedSimulation

pytestmark = pytest.mark.long
SEEDS = range(60 if EXHAUSTIVE else 4)
DEVNET_SEEDS = range(20 if EXHAUSTIVE else 2)
"""Fewer: each one syncs the whole devnet a dozen times."""
LIVED = 120
"""Blocks of the recorded chain that is made here."""
ALSO_READ = ("grace_until",)
compared: Counter[str] = Counter()


@pytest.fixture(scope="module")
def living(devnet: Devnet) -> LivingChain:
    return LivingChain(devnet)


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
    def test_everything_deployed(self, seed: int, devnet: Devnet, living: LivingChain, new_url: NewUrl) -> None:
        simulation = PlayedSimulation(seed, new_url(), living, deployments_of(devnet), ALSO_READ)
        simulation.run()
        assert simulation.compare(new_url()) > 1_000
        compared.update(simulation.compared)
        assert set(simulation.compared) == {item.protocol for item in simulation.deployments}

    @pytest.mark.parametrize("seed", SEEDS)
    def test_a_recorded_chain(self, seed: int, tape: Tape, new_url: NewUrl) -> None:
        deployment = Deployment("pond_main", "pond", POND, FIRST_BLOCK)  # type: ignore[arg-type]
        simulation = PlayedSimulation(seed, new_url(), tape, [deployment])
        simulation.run()
        assert simulation.compare(new_url()) > 50
        compared.update(simulation.compared)


def test_how_much_was_compared(record_property: Callable[[str, object], None]) -> None:
    for protocol, fields in compared.items():
        record_property(protocol, f"{fields} fields")
