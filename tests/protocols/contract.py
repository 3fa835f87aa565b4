"""The suite every protocol passes: a fixture `case` of the test module, and a class to inherit.

    @pytest.fixture(scope="module")
    def case() -> Case:
        return ToyCase.golden("toy")

    class TestContract(ProtocolContract):
        pass

One indexer follows the whole chain block by block; everything is compared with what the contracts say at those blocks,
and with indexers that came late, or were led astray by reorgs.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.protocols import checks, happened, measuring, moving
from tests.protocols.case import Case
from tests.protocols.following import Following, following
from tests.protocols.replay import ReplayNode

Figure = Callable[[str, object], None]


class ProtocolContract:
    """What holds for every protocol."""

    @pytest.fixture(scope="class")
    @classmethod
    def live(cls, case: Case, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Following]:
        """An indexer that followed every block of the case's chain."""
        node = ReplayNode(case.chain, finality=case.finality)
        node.cut(case.chain.blocks[0].number)
        with following(node, case.deployment, _url(tmp_path_factory.mktemp("live"))) as followed:
            followed.follow_to(node.tip)
            yield followed

    def test_every_account_with_a_position_is_in_the_book(
        self, case: Case, live: Following, record_property: Figure
    ) -> None:
        record_property("accounts found", checks.discovery(case, live))

    def test_every_account_is_found_by_its_address(self, case: Case, live: Following) -> None:
        checks.names(case, live)

    def test_what_logs_say_is_what_the_contracts_hold(self, case: Case, live: Following) -> None:
        checks.logs_agree(case, live)

    def test_state_read_again_is_the_state_from_logs(
        self, case: Case, live: Following, record_property: Figure
    ) -> None:
        record_property("integers healed", checks.healing(case, live))

    def test_every_integer_is_the_contracts_own(self, case: Case, live: Following, record_property: Figure) -> None:
        for name, count in checks.truth(case, live).items():
            record_property(name, count)

    def test_the_screen_misses_nobody(self, case: Case, live: Following, record_property: Figure) -> None:
        record_property("screened", checks.screen(case, live))

    def test_liquidations_go_as_predicted(self, case: Case, live: Following, record_property: Figure) -> None:
        for name, count in checks.liquidations(case, live).items():
            record_property(name, count)

    def test_what_moved_is_what_is_there(self, case: Case, live: Following, record_property: Figure) -> None:
        for name, count in moving.adds_up(case, live).items():
            record_property(name, count)

    def test_what_was_liquidated_is_what_the_logs_say(
        self, case: Case, live: Following, record_property: Figure
    ) -> None:
        for name, count in happened.equal_to_the_logs(case, live).items():
            record_property(name, count)

    def test_since_when_accounts_can_be_liquidated(self, case: Case, live: Following, record_property: Figure) -> None:
        record_property("blocks watched", happened.watched_as_it_was(case, live))

    def test_solvency_is_the_sum_of_its_accounts(self, live: Following, record_property: Figure) -> None:
        record_property("sums", measuring.solvency(live))

    def test_what_reaches_a_target_does(self, live: Following, record_property: Figure) -> None:
        for name, count in measuring.targets(live).items():
            record_property(name, count)

    def test_undone_blocks_leave_no_trace(self, case: Case, live: Following, tmp_path: Path) -> None:
        checks.undo(case, live, tmp_path)

    def test_a_late_sync_has_the_rows_of_one_that_followed(
        self, case: Case, live: Following, tmp_path: Path, record_property: Figure
    ) -> None:
        record_property("rows compared", checks.late(case, live, tmp_path))

    def test_the_book_is_its_stores(self, live: Following) -> None:
        checks.rebuilt(live)

    def test_a_block_costs_two_requests(self, case: Case, tmp_path: Path) -> None:
        checks.two_requests(case, tmp_path)


def _url(folder: Path) -> str:
    return f"sqlite:///{folder}/indexer.db"
