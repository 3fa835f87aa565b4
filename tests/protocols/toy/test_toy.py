"""A protocol from outside, on a recorded chain, end to end: nothing in the repository knows it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.protocols._registry import every, named, names
from indexer.words import Gate
from tests.e2e.command import Indexer
from tests.fault_proxy import FaultProxy
from tests.protocols.case import Case
from tests.protocols.contract import ProtocolContract
from tests.protocols.replay import ReplayNode
from tests.protocols.tape import Tape
from tests.protocols.toy.outside import install_pond, on_path
from tests.protocols.toy.pond_case import PondCase
from tests.protocols.toy.pond_contract import COIN, FIRST_BLOCK, POND, USERS, recorded

ROOT = Path(__file__).parents[3]
SEED = 31
CONFIG = """
[node]
url = "{url}"
[database]
url = "sqlite:///{folder}/indexer.db"
[[deployments]]
name = "pond_main"
protocol = "pond"
entry = "{entry}"
first_block = {first_block}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    found = tmp_path_factory.mktemp("site")
    install_pond(found)
    with on_path(found):
        yield found


@pytest.fixture(scope="module")
def tape() -> Tape:
    return Tape.of(recorded(SEED))


@pytest.fixture(scope="module")
def case(site: Path, tape: Tape) -> Case:
    del site
    found = PondCase(tape, "pond_main")
    found.refusals = {Gate.NOT_LIQUIDATABLE: {"healthy"}, Gate.RESERVE_PAUSED: {"frozen"}}
    return found


class TestContract(ProtocolContract):
    pass


def test_it_comes_from_outside(site: Path) -> None:
    assert names() == sorted(names())
    assert "pond" in every()
    module = type(named("pond")).__module__
    assert module == "pond.adapter"
    assert (site / "pond" / "adapter.py").is_file()


@pytest.fixture(scope="module")
def indexer(site: Path, tape: Tape, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Indexer]:
    """The command beside a node that plays the tape, its database synced."""
    folder = tmp_path_factory.mktemp("command")
    with FaultProxy(ReplayNode(tape).answer).serving() as proxy:
        config = folder / "indexer.toml"
        config.write_text(CONFIG.format(url=proxy.url, folder=folder, entry=POND, first_block=FIRST_BLOCK))
        command = Indexer(config, {"PYTHONPATH": os.pathsep.join([str(site), str(ROOT)])})
        ran = command.run_alone("sync", "--once")
        assert ran.code == 0, ran.err
        yield command


class TestCommands:
    def test_the_watch_list_is_the_contracts(self, indexer: Indexer, tape: Tape) -> None:
        told = indexer.run_alone("at-risk", "--format", "json").answer["accounts"]
        rows = {row["account"]: row for row in told if row["state"] != "unknown"}
        below, tip = {}, tape.blocks[-1].number
        for _, (user,), words in tape.asked(tip, "accountOf(address)"):
            if words is not None and words[1] * 100 < words[2] * 105:
                below["0x" + user[24:]] = words[1] < words[2]
        assert {account: row["state"] in ("liquidatable", "bad_debt") for account, row in rows.items()} == below
        assert any(below.values())
        for row in rows.values():
            assert (row["protocol"], row["value_unit"], row["debt_usd"]) == ("pond", "coin_e18", None)
            assert all(pair["debt_asset"] == COIN for pair in row["liquidation"])

    def test_verify_finds_nothing_at_the_tip_and_in_the_past(self, indexer: Indexer, tape: Tape) -> None:
        for number in (tape.blocks[-1].number, tape.blocks[20].number):
            ran = indexer.run_alone("verify", "--all", "--block", str(number), "--format", "json")
            assert (ran.code, ran.answer["mismatches"]) == (0, []), ran.err
            assert ran.answer["fields_compared"] > 20

    @pytest.mark.parametrize("command", [("markets",), ("account", USERS[0]), ("explain", USERS[0])])
    def test_other_commands_answer(self, indexer: Indexer, command: tuple[str, ...]) -> None:
        ran = indexer.run_alone(*command, "--format", "json")
        assert ran.code == 0, ran.err
        assert ran.answer

    def test_a_wrong_entry_is_refused(self, indexer: Indexer, tmp_path: Path) -> None:
        config = tmp_path / "indexer.toml"
        config.write_text(indexer.config.read_text().replace(POND, COIN))
        ran = Indexer(config, indexer.environment).run_alone("sync", "--once")
        assert ran.code == 2
        assert "pond_main" in ran.error
