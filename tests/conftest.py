"""What tests of several folders share: a devnet at the end of its story, and the figures that tests print."""

import signal
from collections.abc import Iterator

import pytest

from scripts.devnet import Devnet

SEED = 7

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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests gave to `record_property`: how much they compared."""
    reports = [report for report in terminalreporter.getreports("passed") if getattr(report, "user_properties", ())]
    if reports:
        terminalreporter.section("figures")
    for report in reports:
        figures = ", ".join(f"{name} {value}" for name, value in report.user_properties)
        terminalreporter.write_line(f"{report.nodeid}: {figures}")
