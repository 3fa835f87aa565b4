"""A 3.0.2 market becomes 3.6 in the middle of the history: followed live, and read from scratch afterwards."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from indexer.book import Book
from indexer.protocols.aave_v3.configuration import write
from indexer.reports.snapshot import Asked, open_snapshot
from indexer.reports.verify import verify
from scripts.devnet import Devnet
from scripts.devnet.plan import LEGACY
from scripts.devnet.story.calm import random_life, wiggle_prices
from scripts.devnet.story.liquidation import liquidate
from tests.conftest import SEED
from tests.devnet.comparison import Comparison, compare
from tests.devnet.conftest import Figure, NewUrl
from tests.devnet.indexing import Indexer, Rows, indexer, rows_of
from tests.devnet.upgrade import upgrade_legacy
from tests.devnet.witness import Witness

pytestmark = pytest.mark.node

BLOCKS_BEFORE, BLOCKS_AFTER = 24, 60
AT_LEAST = 2_000


@dataclass(frozen=True)
class Upgraded:
    devnet: Devnet
    first_block: int
    upgrade_block: int
    live: Indexer


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgraded]:
    """A devnet whose 3.0.2 market was upgraded, and an indexer that followed it all along."""
    url = f"sqlite:///{tmp_path_factory.mktemp('upgrade')}/live.db"
    with Devnet.start(seed=SEED, protocols=()) as devnet, indexer(devnet, url) as live:
        first = devnet.block_number
        for _ in range(BLOCKS_BEFORE // 8):
            devnet.live(8)
            live.once()
        block = upgrade_legacy(devnet)
        live.once()
        for step in range(BLOCKS_AFTER):
            _live_on(devnet, step)
            if step % 7 == 0:
                live.once()
        live.once()
        yield Upgraded(devnet, first, block, live)


def _live_on(devnet: Devnet, step: int) -> None:
    world = devnet.world
    random_life(world, 5)
    wiggle_prices(world)
    if step == BLOCKS_AFTER // 2:
        world.feeds.move("ETH / USD", -2_500)
    if step > BLOCKS_AFTER // 2:
        liquidate(world, world.legacy.lenient(), 2, receive_a_token=step % 3 == 0)
    devnet.mine(86_400 if step % 9 == 0 else 12)


def _logged(source: Indexer) -> Rows:
    """The market's rows, without the one setting that no log carries (3.4 and later ignore it)."""
    rows = rows_of(source.store, deployment=LEGACY)
    return {
        key: write(value, "virtual_accounting", 0) if key[1] == "configuration" else value
        for key, value in rows.items()
    }


def test_every_tenth_block_before_and_after_is_what_the_contract_said(
    upgraded: Upgraded, new_url: NewUrl, record_property: Figure
) -> None:
    devnet, total = upgraded.devnet, Comparison()
    deployment = devnet.manifest.deployment(LEGACY)
    witness = Witness(devnet, deployment)
    near = range(upgraded.upgrade_block - 1, upgraded.upgrade_block + 3)
    blocks = sorted({*range(upgraded.first_block, devnet.block_number, 10), *near, devnet.block_number})
    revisions: dict[str, int] = {}
    with indexer(devnet, new_url()) as late:
        assert late.once().hash == devnet.tip_hash
        for number in blocks:
            ref = late.header(number)
            for source in (upgraded.live, late):
                book = Book().load(source.store.load_state(number))
                view = source.view_at(LEGACY, book, ref.hash)
                compared = compare(view, book[LEGACY], witness, number, ref.hash, ref.timestamp)
                revisions[view.revision] = revisions.get(view.revision, 0) + compared.fields
                total += compared
        assert _logged(late) == _logged(upgraded.live)
    for revision, fields in revisions.items():
        record_property(f"fields compared at revision {revision}", fields)
    record_property("mismatches", len(total.mismatches))
    assert total.mismatches == []
    assert set(revisions) == {"1", "10"}
    assert min(revisions.values()) >= AT_LEAST


def test_verify_finds_nothing_before_and_after(upgraded: Upgraded, record_property: Figure) -> None:
    fields: dict[str, int] = {}
    for number in (upgraded.upgrade_block - 2, upgraded.upgrade_block, upgraded.devnet.block_number):
        with open_snapshot(upgraded.live.store, Asked(block=number, node=upgraded.live.node)) as snapshot:
            outcome = verify(snapshot, upgraded.devnet.url)
        assert outcome.mismatches == []
        for row in outcome.deployments:
            fields[row["revision"]] = fields.get(row["revision"], 0) + row["fields"]
    for revision, compared in fields.items():
        record_property(f"fields verified at revision {revision}", compared)
    assert set(fields) == {"1", "10"}
    assert min(fields.values()) > 0


def test_tokens_change_their_revision_with_the_pool(upgraded: Upgraded) -> None:
    def token_revisions(number: int) -> set[tuple[int, int]]:
        rows = Book().load(upgraded.live.store.load_state(number))[LEGACY]
        return {(m["atoken_revision"], m["vdebt_revision"]) for m in rows.markets.values() if m.get("atoken")}

    assert token_revisions(upgraded.upgrade_block - 1) == {(1, 1)}
    assert token_revisions(upgraded.upgrade_block) == {(5, 5)}
