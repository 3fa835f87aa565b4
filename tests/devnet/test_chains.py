"""Collateral chains on the devnet: exactly those that were built, in the contracts' own amounts, and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from indexer.evm import address
from indexer.reports.chains.answers import chains_answer
from indexer.reports.chains.rows import ChainFilters
from indexer.reports.chains.scene import Scene
from indexer.reports.snapshot import Asked, open_snapshot
from scripts.devnet import Devnet
from scripts.devnet.chains import Edge, Structure
from scripts.devnet.chains_plan import STATIC
from scripts.devnet.morpho import MorphoExtension
from scripts.devnet.morpho_plan import NAME as MORPHO
from tests.conftest import SEED
from tests.devnet.chain_witness import ChainWitness
from tests.devnet.indexing import Indexer, indexer

pytestmark = pytest.mark.node
PROTOCOLS = ("morpho_blue", "chains")
Row = dict[str, Any]
Found = dict[tuple[str, str, str, str, str, str], tuple[int, int]]
"""By owner, source, its market and debt token (none for a receipt), destination and its market: low and high."""


@pytest.fixture(scope="module")
def witness() -> Iterator[ChainWitness]:
    """The chains behind Morpho Blue, at the end of their story. Not to be changed."""
    with Devnet.start(seed=SEED, protocols=PROTOCOLS, common=False) as running:
        running.live_all()
        yield ChainWitness(running)


@pytest.fixture(scope="module")
def followed(witness: ChainWitness, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Indexer]:
    with indexer(witness.devnet, f"sqlite:///{tmp_path_factory.mktemp('chains')}/indexer.db") as found:
        found.once()
        yield found


def answer(found: Indexer, block: int | None = None) -> Row:
    with open_snapshot(found.store, Asked(block=block, node=found.node)) as snapshot:
        return chains_answer(Scene(snapshot), ChainFilters())


def found_in(told: Row) -> Found:
    out: Found = {}
    for row in told["chains"]:
        source, target = row["source"], row["target"]
        debt = "" if row["kind"] == "receipt" else source["asset"]
        key = (row["owner"], row["path"][0], source["market"], debt, row["path"][-1], target["market"])
        assert key not in out, "an edge is listed once"
        out[key] = (int(row["low"]), int(row["high"]))
    return out


def built(witness: ChainWitness) -> Found:
    """What the scenario built, in amounts that the contracts tell now."""
    out: Found = {}
    for structure in witness.structures.values():
        for edge in structure.edges:
            target = market_of(witness, edge.destination, edge.collateral)
            source = market_of(witness, edge.source, edge.debt or edge.base)
            debt = "" if edge.debt is None else address(witness.token(edge.debt))
            key = (address(structure.owner), edge.source, source, debt, edge.destination, target)
            out[key] = bounds(witness, structure, edge)
    return out


def market_of(witness: ChainWitness, deployment: str, symbol: str) -> str:
    if deployment == MORPHO:
        return "0x" + witness.extension.site.market.id.hex()
    return address(witness.token(symbol))


def bounds(witness: ChainWitness, structure: Structure, edge: Edge) -> tuple[int, int]:
    owner = structure.owner
    put_up = witness.amount(owner, edge.destination, edge.collateral, is_debt=False)
    worth = witness.in_base(edge.collateral, put_up)[1]
    if edge.debt is None:
        return worth, worth
    owed = witness.in_base(edge.debt, witness.amount(owner, edge.source, edge.debt, is_debt=True))[1]
    high = min(owed, worth)
    if edge.atomic is None:
        return 0, high
    ((borrowed, posted),) = witness.single_transactions(owner)
    return min(borrowed, witness.in_base(edge.collateral, posted)[1]), high


def by_chance(witness: ChainWitness) -> Found:
    """What Morpho's own users happen to have: one market's loan as another's collateral."""
    stage = next(one for one in witness.devnet.extensions if isinstance(one, MorphoExtension)).stage
    out: Found = {}
    for user in stage.users:
        legs = [(market, position) for market in stage.markets for position in market.positions([user])]
        for source, owing in legs:
            for target, holding in legs:
                loan, collateral = source.params[0], target.params[1]
                if owing.owed and holding.collateral and loan == collateral:
                    ids = ("0x" + source.id.hex(), "0x" + target.id.hex())
                    key = (address(user), MORPHO, ids[0], address(loan), MORPHO, ids[1])
                    out[key] = (0, min(owing.owed, holding.collateral))
    return out


@pytest.fixture(scope="module")
def accrued(witness: ChainWitness) -> Iterator[ChainWitness]:
    """The same chain, in whose last, otherwise quiet block somebody had every Morpho market accrue."""
    with Devnet.start(seed=SEED, protocols=PROTOCOLS, common=False) as running:
        running.live(running.story_blocks - 1)
        found = ChainWitness(running)
        stage = next(one for one in running.extensions if isinstance(one, MorphoExtension)).stage
        for market in (*stage.markets, found.extension.site.market):
            market.lenient().accrue(running.manifest.admin)
        running.mine(timestamp=witness.devnet.chain.timestamp)
        assert running.block_number == witness.devnet.block_number
        yield found


def test_the_chains_that_were_built_and_nothing_else(accrued: ChainWitness, followed: Indexer) -> None:
    expected, chance = built(accrued), by_chance(accrued)
    assert len(expected) == 11
    assert chance, "Morpho's own users have some too"
    found, wanted = found_in(answer(followed)), expected | chance
    assert {key: high for key, (_, high) in found.items()} == {key: high for key, (_, high) in wanted.items()}
    for key, (low, _) in found.items():
        # From 3.5 on tokens round against the user: what arrived, and what is surely owed, may be a unit less each.
        assert wanted[key][0] - 2 <= low <= wanted[key][0], key
    assert sum(low > 0 for low, _ in found.values()) == sum(low > 0 for low, _ in wanted.values()) == 6


def test_a_block_of_ordinary_life_and_a_reorg(tmp_path: Path) -> None:
    with Devnet.start(seed=SEED, protocols=PROTOCOLS, common=False) as devnet:
        devnet.live_all()
        witness = ChainWitness(devnet)
        with indexer(devnet, f"sqlite:///{tmp_path}/indexer.db") as found:
            found.once()
            for _ in range(3):
                devnet.live(2)
                found.once()
                lows = [low for low, _ in found_in(answer(found)).values() if low]
                assert lows, "ordinary life takes a little away, not all"
            devnet.reorg(5)
            found.once()
            after = found_in(answer(found))
        with indexer(devnet, f"sqlite:///{tmp_path}/late.db") as late:
            late.once()
            assert found_in(answer(late)) == after
        assert built(witness).keys() <= after.keys()


def test_a_sync_from_the_head_has_the_same_chains(followed: Indexer, witness: ChainWitness, tmp_path: Path) -> None:
    with indexer(witness.devnet, f"sqlite:///{tmp_path}/head.db", history=False) as head:
        head.once()
        assert found_in(answer(head)) == found_in(answer(followed))


def test_paths_name_what_was_passed_through(witness: ChainWitness, followed: Indexer) -> None:
    weth, static = address(witness.token("WETH")), address(witness.token(STATIC))
    receipt = address(witness.devnet.world.main.reserve_tokens("WETH")[0])
    paths = {tuple(row["path"]) for row in answer(followed)["chains"]}
    assert ("aave_v3_main", weth, receipt, static, "morpho_blue") in paths
    assert ("aave_v3_legacy", weth, receipt, static, "morpho_blue") in paths
