"""Every liquidation that the contracts would allow, and every one they would not, at several moments of the story."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from indexer.protocols._interface import View
from scripts.devnet import Devnet
from scripts.devnet.chain import BLOCK_SECONDS
from scripts.devnet.plan import FEED_DELAY_SECONDS
from tests.conftest import SEED
from tests.devnet.conftest import Figure
from tests.devnet.indexing import Indexer, indexer
from tests.devnet.liquidator import Liquidator, enrich
from tests.devnet.trial import Trial, Verdict
from tests.devnet.witness import WAD, Witness

pytestmark = pytest.mark.node

DELAY = FEED_DELAY_SECONDS + 1 - BLOCK_SECONDS
COLLATERALS = ("ETH / USD", "WSTETH / USD", "LINK / USD", "BTC / USD", "CRV / USD", "AAVE / USD", "EUR / USD")
LOANS = ("USDC / USD", "USDT / USD", "DAI / USD", "DAI / USD (2)")


@dataclass(frozen=True)
class Moment:
    """So many blocks of the story lived, then a sudden move of what is supplied and of what is owed."""

    lived: int
    fall_bps: int
    rise_bps: int = 0


# Before and after governance, in the crash, after it, after months of interest, and the end as it is and worse.
MOMENTS = (
    Moment(70, 900),
    Moment(107, 1_700, 120),
    Moment(131, 0),
    Moment(165, 2_600),
    Moment(173, 1_200, 300),
    Moment(10_000, 0),
    Moment(10_000, 4_500),
)


@dataclass
class Living:
    """A devnet whose story goes on from test to test, and an indexer that follows it."""

    devnet: Devnet
    following: Indexer
    begin: int

    def live_to(self, lived: int) -> None:
        """Live until so many blocks of the story are told; only forwards."""
        told = self.devnet.block_number - self.begin
        wanted = min(lived, self.devnet.story_blocks)
        assert told <= wanted, "moments must ascend"
        self.devnet.live(wanted - told)
        self.following.once()

    @contextmanager
    def shaken(self, moment: Moment) -> Iterator[None]:
        """The prices after the moment's move; afterwards everything is as before.

        The delayed feed shows its new answer one block after the one in which we stand.
        """
        before = self.devnet.snapshot()
        if moment.fall_bps:
            for name in COLLATERALS:
                self.devnet.world.feeds.move(name, -moment.fall_bps)
            for name in LOANS:
                self.devnet.world.feeds.move(name, moment.rise_bps)
            self.devnet.mine()
            self.devnet.mine(DELAY)
        self.following.once()
        yield
        self.devnet.revert(before)


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Living]:
    """The story from its beginning; there is a rich liquidator in it who waits."""
    url = f"sqlite:///{tmp_path_factory.mktemp('liquidations')}/indexer.db"
    with Devnet.start(seed=SEED, protocols=()) as devnet, indexer(devnet, url) as following:
        begin = devnet.block_number
        enrich(devnet)
        yield Living(devnet, following, begin)


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_terms_are_what_the_next_block_does(living: Living, moment: Moment, record_property: Figure) -> None:
    living.live_to(moment.lived)
    with living.shaken(moment):
        cursor = living.following.cursor
        at = cursor.timestamp + BLOCK_SECONDS
        for deployment in living.devnet.manifest.deployments:
            witness = Witness(living.devnet, deployment)
            accounts = witness.accounts(cursor.number)
            now = witness.below_one(accounts, cursor.hash)
            then = witness.below_one(accounts, cursor.hash, at)
            view = living.following.view(deployment.name, "next_price")
            holdings = witness.holdings(cursor.number, cursor.hash)
            trial = Trial(witness, Liquidator(living.devnet, deployment), holdings, view, at)
            verdict = Verdict()
            for borrower in sorted({*now, *then}):
                verdict += trial.judge(borrower)
            record_property(f"{deployment.name} below one", f"{len(now)}, in the next block {len(then)}")
            record_property("pairs", f"{verdict.pairs}, allowed {verdict.allowed}")
            record_property("forbidden", dict(verdict.forbidden))
            assert verdict.wrong == []
            assert found_below_one(view, at) == set(then)
            assert verdict.allowed > 0
        assert living.following.once() == cursor, "every liquidation was taken back"


def found_below_one(view: View, at: int) -> set[str]:
    """The accounts that we put below one."""
    cut = 2 * WAD
    found = {account: view.health(account, at, cut).health_factor_wad for account in view.accounts()}
    return {account for account, factor in found.items() if factor is not None and factor < WAD}
