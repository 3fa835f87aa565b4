"""Vaults of strangers on a real Morpho Blue: what they say of themselves spoils nobody's sums and stops no answer."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from indexer.evm import address
from indexer.reports.account import account_answer
from indexer.reports.chains.answers import chains_answer
from indexer.reports.chains.rows import ChainFilters
from indexer.reports.chains.scene import Scene
from indexer.reports.snapshot import Asked, open_snapshot
from indexer.risk.contagion.allocations import allocations
from scripts.devnet import Devnet
from scripts.devnet.abi import address_of
from scripts.devnet.morpho_deploy import PARAMS, ZERO
from scripts.devnet.plan import MAIN
from tests.conftest import SEED
from tests.devnet.indexing import Indexer, indexer

pytestmark = pytest.mark.node
STRANGER = address_of("devnet stranger with vaults")
ONE = 10**36
LARGEST = 2**256 - 1


def _push(number: int) -> bytes:
    raw = number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big")
    return bytes([0x5F + len(raw)]) + raw


def _returns(number: int) -> bytes:
    return _push(number) + bytes.fromhex("60005260206000f3")


def contract(answers: dict[str, bytes]) -> str:
    """Code that answers these selectors, and reverts at all others."""
    code = b""
    for selector, body in answers.items():
        head = bytes.fromhex(f"60003560e01c63{selector}141561")
        after = len(code) + len(head) + 3 + len(body)
        code += head + after.to_bytes(2, "big") + b"\x57" + body + b"\x5b"
    return "0x" + (code + bytes.fromhex("60006000fd")).hex()


def vault(asset: str, says: int, most: int = LARGEST) -> str:
    """An ERC-4626 vault that says this of any amount up to `most`, and a token that moves whatever is asked."""
    above = _push(most) + bytes.fromhex("6004351161ffff57")  # the argument is above: a jump to nowhere
    converts = above + _returns(says) if most < LARGEST else _returns(says)
    moves = dict.fromkeys(("a9059cbb", "23b872dd", "70a08231"), _returns(1))
    return contract({"38d52e0f": _returns(int(asset, 16)), "07a2d13a": converts, "313ce567": _returns(18), **moves})


class Stage:
    """A devnet on which a stranger puts contracts and opens markets."""

    def __init__(self, devnet: Devnet) -> None:
        self.devnet, self.chain = devnet, devnet.chain
        (found,) = (one for one in devnet.manifest.joined if one.protocol == "morpho_blue")
        self.morpho, self.tokens = found.entry, devnet.world.site.ground.tokens
        self.contracts = 0
        self.oracle = self.put(contract({"a035b1fe": _returns(ONE)}))

    def put(self, code: str) -> str:
        self.contracts += 1
        at = f"0x{0xE000 + self.contracts:040x}"
        self.chain.rpc.request("anvil_setCode", [at, code])
        return at

    def pay(self, token: str, spender: str) -> None:
        self.chain.send(STRANGER, token, "mint(address,uint256)", [STRANGER, 10**30])
        self.chain.send(STRANGER, token, "approve(address,uint256)", [spender, 10**30])

    def loan(self, lent: str, put_up: str, collateral: int = 10**18) -> None:
        """A market of these two, and a loan of a tenth of the collateral in it."""
        params = (lent, put_up, self.oracle, ZERO, 86 * 10**16)
        calls: list[tuple[str, list[Any]]] = [
            (f"createMarket({PARAMS})", [params]),
            (f"supply({PARAMS},uint256,uint256,address,bytes)", [params, collateral, 0, STRANGER, b""]),
            (f"supplyCollateral({PARAMS},uint256,address,bytes)", [params, collateral, STRANGER, b""]),
            (f"borrow({PARAMS},uint256,uint256,address,address)", [params, collateral // 10, 0, STRANGER, STRANGER]),
        ]
        for name, args in calls:
            self.chain.send(STRANGER, self.morpho, name, args)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Devnet.start(seed=SEED, protocols=("morpho_blue", "chains"), common=False) as devnet:
        devnet.live_all()
        yield Stage(devnet)


@pytest.fixture
def followed(stage: Stage, tmp_path: Path) -> Iterator[Indexer]:
    with indexer(stage.devnet, f"sqlite:///{tmp_path}/indexer.db") as found:
        yield found


def sums(answer: dict[str, Any]) -> dict[tuple[str, str], tuple[float, float]]:
    return {(row["source"], row["target"]): (row["low_usd"], row["high_usd"]) for row in answer["dependencies"]}


def chains_of(followed: Indexer) -> dict[str, Any]:
    followed.once()
    with open_snapshot(followed.store, Asked(node=followed.node)) as snapshot:
        return chains_answer(Scene(snapshot), ChainFilters())


def test_a_tower_of_vaults_that_make_numbers_beyond_all_bounds(stage: Stage, followed: Indexer) -> None:
    """It once ended every answer, with a number that no float holds; and its sums were everybody's."""
    before = sums(chains_of(followed))
    ether = stage.tokens["WETH"]
    top = huge = stage.put(vault(ether, 2**255))
    for _ in range(7):
        top = stage.put(vault(top, LARGEST, 10**18))
    stage.loan(huge, huge)
    stage.loan(top, top)
    stage.devnet.mine()
    chains = chains_of(followed)
    with open_snapshot(followed.store, Asked(node=followed.node)) as snapshot:
        (owner,) = account_answer(snapshot, address(STRANGER))["owners"]
    own = {(row["state"], row["high_usd"]) for row in chains["chains"] if row["owner"] == address(STRANGER)}
    assert own == {("base", None), ("unreadable_rate", None)}
    assert {key: pytest.approx(value, rel=1e-3) for key, value in before.items()} == sums(chains)
    assert (owner["assets_usd"], owner["equity_usd"]) == (None, None)


def test_a_unit_supplied_on_behalf_of_a_vault_is_a_dependency_of_a_unit(stage: Stage, followed: Indexer) -> None:
    """It once made all shares of the vault a receipt of the deployment, with its whole loss."""
    dollar, ether = stage.tokens["USDC"], stage.tokens["WETH"]
    shares = stage.put(vault(dollar, 10**24))
    main = next(one for one in stage.devnet.manifest.listed if one.name == MAIN)
    pool = stage.chain.call(main.entry, "getPool()", returns="address")
    stage.pay(dollar, pool)
    stage.chain.send(STRANGER, pool, "supply(address,uint256,address,uint16)", [dollar, 1, shares, 0])
    stage.pay(ether, stage.morpho)
    stage.loan(ether, shares)
    stage.devnet.mine()
    rows = [row for row in chains_of(followed)["chains"] if row["owner"] == address(STRANGER)]
    assert [(row["kind"], row["path"][0], row["low"], row["high"]) for row in rows] == [("receipt", MAIN, "1", "1")]
    with open_snapshot(followed.store, Asked(node=followed.node)) as snapshot:
        scene = Scene(snapshot)
        (backing,) = [b for b in allocations(scene.views, scene.look, snapshot.at) if b.token == address(shares)]
    assert backing.share == Fraction(1, 10**6)
