"""What a shock reaches, held against the contracts: the same fall is made to happen on the chain."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from indexer.evm import address
from indexer.reports.chains.contagion import Asked as Shocks
from indexer.reports.chains.contagion import contagion_answer, token_of
from indexer.reports.chains.owner import owner_row
from indexer.reports.chains.scene import Scene
from indexer.reports.snapshot import Asked, Snapshot, open_snapshot
from indexer.risk.contagion.falls import Backings
from indexer.risk.contagion.result import Ending
from indexer.risk.contagion.shock import parse_shock
from indexer.risk.contagion.walk import walk
from indexer.words import State
from scripts.devnet import Devnet
from scripts.devnet.chains import extension_of
from scripts.devnet.chains_plan import FEED, STATIC
from scripts.devnet.morpho_plan import NAME as MORPHO
from tests.conftest import SEED
from tests.devnet.chain_witness import WAD, ChainWitness
from tests.devnet.indexing import indexer, wrappers_of

pytestmark = pytest.mark.node


@dataclass(frozen=True)
class Stage:
    devnet: Devnet
    witness: ChainWitness
    snapshot: Snapshot
    """The tip, valued one second later: there the shock happens on the chain too."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    url = f"sqlite:///{tmp_path_factory.mktemp('contagion')}/indexer.db"
    with Devnet.start(seed=SEED, protocols=("morpho_blue", "chains")) as devnet:
        devnet.live_all()
        with indexer(devnet, url) as found:
            found.once()
            at = found.cursor.timestamp + 1
            asked = Asked(at_timestamp=at, node=found.node, wrappers=wrappers_of(devnet))
            with open_snapshot(found.store, asked) as snapshot:
                yield Stage(devnet, ChainWitness(devnet), snapshot)


def test_ether_falls_by_a_fifth_here_and_on_the_chain(stage: Stage) -> None:
    """Every Aave account that is below on the chain, with the contract's own health factor to the wei, and no other."""
    scene, devnet = Scene(stage.snapshot), stage.devnet
    shock = parse_shock("ETH=-20%", lambda name: token_of(scene, name))
    found = walk(scene.stressed, shock, Backings(scene.look))
    assert found.ending is Ending.FIXED_POINT
    ours = {
        (each.account.deployment, each.account.key): each.health_factor_wad
        for each in (*found.baseline, *found.fallers)
        if each.health_factor_wad is not None and each.health_factor_wad < WAD  # a debt that fell may save somebody
    }
    kept = devnet.snapshot()
    try:
        for feeds, name in ((devnet.world.feeds, "ETH / USD"), (extension_of(devnet).site.feeds, FEED.name)):
            feeds.publish(name, feeds.visible(name) * 80 // 100)
        devnet.mine(timestamp=stage.snapshot.at)
        theirs = {}
        for market in devnet.world.markets:
            name = market.deployment.name
            keys = [account for account in scene.views[name].accounts() if scene.views[name].owes(account)]
            for state in market.accounts(keys):
                if state.health_wad < WAD:
                    theirs[name, address(state.address)] = state.health_wad
    finally:
        devnet.revert(kept)
    fallen = [each for each in found.fallers if each.account.deployment != MORPHO]
    assert len(fallen) > 3
    assert {key: factor for key, factor in ours.items() if key[0] != MORPHO} == theirs


def test_bad_debt_reaches_whoever_put_up_the_receipt(stage: Stage) -> None:
    """Lenders of ether on Aave 3.6 lose a twentieth; so does their receipt, and who borrowed against it falls."""
    scene, witness = Scene(stage.snapshot), stage.witness
    owner = address(witness.owner("static"))
    weth = address(witness.token("WETH"))
    row = next(row for row in scene.views["aave_v3_main"].markets(stage.snapshot.at) if row.market == weth)
    supplied = row.amounts["supplied"]
    assert supplied is not None
    before = scene.owner(owner)
    factor = next(h for h in before.holdings if h.account.deployment == MORPHO).health.health_factor_wad
    assert factor is not None
    answer = contagion_answer(scene, Shocks([f"bad_debt:aave_v3_main/{weth}={supplied // 20}"]))
    (fallen,) = (each for each in answer["contagion"] if each["owner"] == owner)
    assert (fallen["deployment"], fallen["state"], fallen["round"]) == (MORPHO, "liquidatable", 1)
    receipt, static = address(witness.devnet.world.main.reserve_tokens("WETH")[0]), address(witness.token(STATIC))
    market = "0x" + witness.extension.site.market.id.hex()
    path = [f"loss of aave_v3_main/{weth}", receipt, static, f"{MORPHO}/{market}"]
    assert [cause[:-1] for cause in fallen["causes"]] == [path]
    now = int(fallen["health_factor_wad"])
    assert factor * 94 // 100 < now < factor * 96 // 100
    assert now < WAD < factor


def test_a_rate_that_falls_takes_its_wrapper_and_nobody_else(stage: Stage) -> None:
    scene, static = Scene(stage.snapshot), address(stage.witness.token(STATIC))
    answer = contagion_answer(scene, Shocks([f"rate:{static}=-10%"]))
    assert {row["owner"] for row in answer["contagion"]} == {address(stage.witness.owner("static"))}


def test_a_larger_shock_takes_no_fewer(stage: Stage) -> None:
    scene = Scene(stage.snapshot)
    sizes = []
    before: set[tuple[str, str, str | None]] = set()
    for fall in (5, 15, 30, 60):
        answer = contagion_answer(scene, Shocks([f"ETH=-{fall}%"]))
        fallen = {(row["deployment"], row["account"], row["market"]) for row in answer["contagion"]}
        assert before <= fallen
        books = answer["balance"]
        lost = books["collateral_lost_usd"] + books["bonus_usd"]
        borne = sum(books[f"{name}_usd"] for name in ("equity_lost", "absorbed", "bad_debt", "relief"))
        assert lost == pytest.approx(borne)
        before = fallen
        sizes.append(len(fallen))
    assert sizes == sorted(set(sizes))


def test_which_position_of_an_owner_falls_first(stage: Stage) -> None:
    row = owner_row(Scene(stage.snapshot), address(stage.witness.owner("static")))
    first = row["first_to_fall"]
    assert first["deployment"] == MORPHO
    assert 0 < first["fall"] < 0.05
    then = {each["deployment"]: each["state"] for each in first["positions_then"]}
    assert then == {MORPHO: State.LIQUIDATABLE, "aave_v3_legacy": State.HEALTHY}
    assert row["kind"] == "account"
    vault = owner_row(Scene(stage.snapshot), address(stage.witness.token(STATIC)))
    assert (vault["kind"], vault["first_to_fall"], vault["chains"]) == ("vault", None, [])


def test_a_database_of_the_past_answers_too(stage: Stage, tmp_path: Path) -> None:
    """Blocks that were backfilled: state of their block, rates and prices read there."""
    with indexer(stage.devnet, f"sqlite:///{tmp_path}/late.db") as late:
        late.once()
        number = late.cursor.number - 90
        with open_snapshot(late.store, Asked(block=number, node=late.node, wrappers=wrappers_of(stage.devnet))) as past:
            answer = contagion_answer(Scene(past), Shocks(["ETH=-30%"]))
        assert answer["block_number"] == number
        assert answer["contagion"]
