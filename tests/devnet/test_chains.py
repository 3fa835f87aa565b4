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
from tests.conftest import SEED
from tests.devnet.chain_witness import ChainWitness
from tests.devnet.indexing import Indexer, indexer

pytestmark = pytest.mark.node
PROTOCOLS = ("morpho_blue", "chains")
Row = dict[str, Any]
Found = dict[tuple[str, str, str | None, str, str], tuple[int, int]]
"""By owner, source, debt token, collateral token, destination: low and high, raw units of the base."""


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
        debt = None if row["kind"] == "receipt" else row["source"]["asset"]
        key = (row["owner"], row["path"][0], debt, row["target"]["asset"], row["path"][-1])
        assert key not in out, "an edge is listed once"
        out[key] = (int(row["low"]), int(row["high"]))
    return out


def built(witness: ChainWitness) -> Found:
    """What the scenario built, in amounts that the contracts tell now."""
    out: Found = {}
    for structure in witness.structures.values():
        for edge in structure.edges:
            symbols = (edge.debt, edge.collateral)
            debt, collateral = (None if symbol is None else address(witness.token(symbol)) for symbol in symbols)
            key = (address(structure.owner), edge.source, debt, str(collateral), edge.destination)
            out[key] = bounds(witness, structure, edge)
    return out


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


def test_the_chains_that_were_built_and_nothing_else(witness: ChainWitness, followed: Indexer) -> None:
    expected = built(witness)
    assert len(expected) == 11
    assert found_in(answer(followed)) == expected


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
        assert {key: high for key, (_, high) in after.items()} == {
            key: high for key, (_, high) in built(witness).items()
        }


def test_paths_name_what_was_passed_through(witness: ChainWitness, followed: Indexer) -> None:
    weth, static = address(witness.token("WETH")), address(witness.token(STATIC))
    receipt = address(witness.devnet.world.main.reserve_tokens("WETH")[0])
    paths = {tuple(row["path"]) for row in answer(followed)["chains"]}
    assert ("aave_v3_main", weth, receipt, static, "morpho_blue") in paths
    assert ("aave_v3_legacy", weth, receipt, static, "morpho_blue") in paths
