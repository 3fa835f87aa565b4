"""Venus isolated pools, followed block by block: every account's liquidity, balances, memberships, every market."""

from collections.abc import Iterator

import pytest

from indexer.protocols._interface import Claim
from indexer.risk.screen import candidates
from indexer.units import WAD
from scripts.devnet import Devnet
from tests.devnet.conftest import Figure
from tests.devnet.indexing import Indexer, indexer, rows_of
from tests.protocols.compound_v2.venus_trial import Pool, deployments_of

pytestmark = pytest.mark.node
SEED = 7
AT_LEAST = 25_000


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Devnet, str]]:
    """The pools just deployed, and the address of a database."""
    url = f"sqlite:///{tmp_path_factory.mktemp('venus')}/indexer.db"
    with Devnet.start(seed=SEED, protocols=("venus_isolated",), common=False) as devnet:
        devnet.live(2)
        yield devnet, url


def claims_of(following: Indexer, pool: Pool) -> list[Claim]:
    """All we say at the cursor: of every account the contracts' logs name, known to us or not."""
    view, at = following.view(pool.joined.name), following.cursor.timestamp
    found = [*view.market_claims(at)]
    for account in sorted({*pool.accounts(), *view.accounts()}):
        found.append(Claim(view.truth(account), view.comparable(account, at), ""))
        found.extend(view.holdings(account))
    return found


def unscreened(following: Indexer, pool: Pool) -> list[str]:
    """Accounts that the screen lets through although they are, exactly, below one or unknown."""
    rows = following.sync.book[pool.joined.name]
    view, at = following.view(pool.joined.name), following.cursor.timestamp
    weights = view.weights(at)
    assert weights is not None
    accounts = list(rows.accounts)
    named = {accounts[row] for row in candidates(rows, weights, WAD)}
    found = []
    for account in view.accounts():
        health = view.health(account, at, WAD)
        below = health.health_factor_wad is not None and health.health_factor_wad < WAD
        if (below or health.liquidatable_after_accrual) and account not in named:
            found.append(f"block {following.cursor.number}: {account} is {health} and not screened")
    return found


def test_everything_we_say_is_what_the_contracts_say(living: tuple[Devnet, str], record_property: Figure) -> None:
    devnet, url = living
    pools = [Pool(devnet, joined) for joined in devnet.manifest.joined]
    fields, wrong, blocks = 0, [], 0
    with indexer(devnet, url, deployments=deployments_of(devnet)) as following:
        end = devnet.block_number - 2 + devnet.story_blocks
        while devnet.block_number < end:
            devnet.live(1)
            following.once()
            blocks += 1
            for pool in pools:
                claims = claims_of(following, pool)
                fields += sum(len(claim.ours or ()) for claim in claims)
                wrong += unscreened(following, pool)
                differences = pool.differences(claims, following.cursor.hash)
                wrong += [f"block {devnet.block_number} {pool.joined.name}: {line}" for line in differences]
        followed = rows_of(following.store)
    record_property("blocks", blocks)
    record_property("fields compared", fields)
    record_property("mismatches", len(wrong))
    assert wrong == []
    assert fields >= AT_LEAST
    with indexer(devnet, f"{url}.again", deployments=deployments_of(devnet)) as backfilled:
        backfilled.once()
        assert rows_of(backfilled.store) == followed
