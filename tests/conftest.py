"""What tests of several folders share: a devnet at the end of its story, and the figures that tests print."""

import signal
from collections.abc import Iterator

import pytest
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

from scripts.devnet import Devnet

SEED = 7
LONGEST = (
    "tests/simulation/test_played_seeds.py",
    "tests/devnet/test_every_protocol.py",
    "tests/demo/test_tour.py",
    "tests/devnet/test_chain_scenario.py",
    "tests/devnet/test_chains.py",
    "tests/devnet/test_fault_proxy.py",
    "tests/devnet/test_live_following.py",
    "tests/simulation/test_kills.py",
    "tests/test_install.py",
    "tests/bench/test_rpc_cost.py",
)
"""Files that take half a minute and more, the longest first: a worker that takes one last keeps the others waiting."""
TOGETHER = "tests/e2e/"
"""A folder whose files one worker takes: they share a devnet and a synced database, half a minute to make."""
SLOW_MARKS = ("node", "long", "install")

# A shell that starts the tests in the background has Ctrl-C ignored, and every process below inherits that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def devnet() -> Iterator[Devnet]:
    """The two Aave V3 markets at the end of the common story, one per worker. To change it ask for `playground`."""
    with Devnet.start(seed=SEED, protocols=()) as running:
        running.live_all()
        yield running


@pytest.fixture(scope="module")
def fresh_devnet() -> Iterator[Devnet]:
    """As `devnet`, for a module that reads much of the past: a node that reverted often answers many times slower."""
    with Devnet.start(seed=SEED, protocols=()) as running:
        running.live_all()
        yield running


@pytest.fixture(scope="session")
def everything() -> Iterator[Devnet]:
    """The devnet with every protocol, some ordinary life after all their stories. Not to be changed."""
    with Devnet.start(seed=SEED) as running:
        running.live_all()
        running.live(40)
        yield running


@pytest.fixture
def playground(devnet: Devnet) -> Iterator[Devnet]:
    """The devnet for a test that mines: afterwards it is as it was. Not for reorgs below the tip."""
    before = devnet.snapshot()
    yield devnet
    devnet.revert(before)


class _FileByFile(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    def _split_scope(self, nodeid: str) -> str:
        return TOGETHER if nodeid.startswith(TOGETHER) else str(super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadFileScheduling:
    """Hand out tests by the file, and those of one folder as if they were one."""
    return _FileByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, then whatever is slow; quick files fill the end, file by file as they were."""
    ranks = {path: rank for rank, path in enumerate(LONGEST)}

    def rank(item: pytest.Item) -> tuple[int, bool]:
        path = item.nodeid.partition("::")[0]
        if path.startswith(TOGETHER):
            return -1, False
        return ranks.get(path, len(ranks)), path not in slow

    slow = {item.nodeid.partition("::")[0] for item in items if any(map(item.get_closest_marker, SLOW_MARKS))}
    items.sort(key=rank)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests gave to `record_property`: how much they compared."""
    reports = [report for report in terminalreporter.getreports("passed") if getattr(report, "user_properties", ())]
    if reports:
        terminalreporter.section("figures")
    for report in reports:
        figures = ", ".join(f"{name} {value}" for name, value in report.user_properties)
        terminalreporter.write_line(f"{report.nodeid}: {figures}")
