"""What the API says is what the command line says: the same rows, from the same functions, in the same order."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from indexer.reports.account import account_answer
from indexer.reports.accounts import Filters
from indexer.reports.answers import accounts_answer, at_risk_answer, markets_answer, prices_answer
from indexer.reports.chains.answers import chains_answer
from indexer.reports.chains.contagion import Asked as Shocks
from indexer.reports.chains.contagion import contagion_answer
from indexer.reports.chains.rows import ChainFilters
from indexer.reports.chains.scene import Scene
from indexer.reports.explain import explain_answer
from indexer.reports.face import open_store
from indexer.reports.metrics import Measured
from indexer.reports.snapshot import Snapshot
from indexer.reports.solvency import solvency_answer
from indexer.risk.ranking import SortBy
from tests.unit.api.doors import FIRST, House, Row
from tests.unit.reports.stored import AT_RISK, BLOCK, HEALTHY, LIQUIDATABLE, WETH

Ask = Callable[[Snapshot], Row]


def said(house: House, ask: Ask, **asked: Any) -> Row:
    """The answer a command would write, through JSON."""
    with open_store(house.url) as reader, reader.snapshot(clock=house.clock, **asked) as snapshot:
        told: Row = msgspec.json.decode(msgspec.json.encode(ask(snapshot)))
    return told


CASES: list[tuple[str, Ask]] = [
    ("/v1/at-risk", lambda s: at_risk_answer(s, Filters())),
    ("/v1/at-risk?sort=debt&below=1.9", lambda s: at_risk_answer(s, Filters(below=1.9, sort=SortBy.DEBT))),
    ("/v1/at-risk?sort=bonus&executable=true",
     lambda s: at_risk_answer(s, Filters(executable=True, sort=SortBy.BONUS))),
    ("/v1/at-risk?min_debt=5000", lambda s: at_risk_answer(s, Filters(min_debt_usd=5_000))),
    ("/v1/at-risk?within_drop=2%25&projections=true",
     lambda s: at_risk_answer(s, Filters(within_drop=0.02, projections=True))),
    ("/v1/at-risk?within_drop=0.5", lambda s: at_risk_answer(s, Filters(within_drop=0.5))),
    ("/v1/accounts", accounts_answer),
    (f"/v1/accounts/{HEALTHY}", lambda s: account_answer(s, HEALTHY)),
    (f"/v1/accounts/{LIQUIDATABLE}?target=1.5&haircut=25%25",
     lambda s: account_answer(s, LIQUIDATABLE, Measured(0.25, 15 * 10**17))),
    (f"/v1/accounts/{HEALTHY}?haircut=0.3", lambda s: account_answer(s, HEALTHY, Measured(0.3))),
    (f"/v1/accounts/{HEALTHY}/explain", lambda s: explain_answer(s, HEALTHY, None)),
    ("/v1/markets", markets_answer),
    ("/v1/markets?deployment=aave_v3_main", lambda s: markets_answer(s, "aave_v3_main")),
    ("/v1/prices", prices_answer),
    ("/v1/solvency", solvency_answer),
    ("/v1/solvency?deployment=aave_v3_main", lambda s: solvency_answer(s, "aave_v3_main")),
    ("/v1/chains", lambda s: chains_answer(Scene(s), ChainFilters(limit=100))),
    (f"/v1/chains?owner={HEALTHY}&circular_above=0.25",
     lambda s: chains_answer(Scene(s, Fraction(1, 4)), ChainFilters(owner=HEALTHY, limit=100))),
    (f"/v1/contagion?shock={WETH.asset}=-50%25",
     lambda s: contagion_answer(Scene(s), Shocks([f"{WETH.asset}=-50%"], limit=100))),
]  # fmt: skip


@pytest.mark.parametrize(("path", "ask"), CASES, ids=[path for path, _ in CASES])
def test_the_newest_block(house: House, path: str, ask: Ask) -> None:
    told = house.json(path)
    assert told.pop("next_cursor", None) is None
    assert told == said(house, ask)
    assert list(told) == list(said(house, ask))


@pytest.mark.parametrize(("path", "ask"), CASES, ids=[path for path, _ in CASES])
def test_a_block_of_the_past(house: House, path: str, ask: Ask) -> None:
    house.follow("a1", FIRST // 2)
    told = house.json(f"{path}{'&' if '?' in path else '?'}block={BLOCK.number}")
    told.pop("next_cursor", None)
    assert told == said(house, ask, block=BLOCK.number)
    assert told["block_hash"] == BLOCK.hash


def test_a_later_time(house: House) -> None:
    at = BLOCK.timestamp + 12
    for path, ask in (CASES[0], CASES[6], CASES[7]):
        told = house.json(f"{path}?at_timestamp={at}")
        told.pop("next_cursor", None)
        assert told == said(house, ask, at_timestamp=at)
        assert told["at_timestamp"] == at


def test_the_liquidatable_are_the_part_of_the_watch_list_with_terms(house: House) -> None:
    whole, told = house.json("/v1/at-risk"), house.json("/v1/liquidatable")
    assert told["accounts"] == [row for row in whole["accounts"] if row["liquidation"]]
    assert [row["account"] for row in told["accounts"]] == [LIQUIDATABLE]
    assert (told["hidden_rows"], told["unknown_rows"]) == (1, 0)


def test_who_may_be_liquidatable_for_all_anybody_knows_is_counted(house: House) -> None:
    house.follow("a1", 0)  # a price of nothing: nobody can be judged
    whole, told = house.json("/v1/at-risk"), house.json("/v1/liquidatable")
    unknown = [row for row in whole["accounts"] if row["state"] == "unknown"]
    assert told["unknown_rows"] == len(unknown)
    assert told["hidden_rows"] == len(whole["accounts"]) - len(told["accounts"])


def test_terms_are_those_of_the_row(house: House) -> None:
    (row,) = house.json(f"/v1/accounts/{LIQUIDATABLE}")["accounts"]
    (told,) = house.json(f"/v1/accounts/{LIQUIDATABLE}/liquidation")["accounts"]
    assert told == {name: row[name] for name in told}
    assert told["liquidation"][0]["max_debt_to_cover"]
    assert house.json(f"/v1/accounts/{AT_RISK}/liquidation")["accounts"][0]["liquidation"] == []


def test_owners_are_the_accounts_other_part(house: House) -> None:
    whole, told = house.json(f"/v1/accounts/{HEALTHY}"), house.json(f"/v1/owners/{HEALTHY}")
    assert told == {name: value for name, value in whole.items() if name != "accounts"}


def test_any_spelling_of_an_address(house: House) -> None:
    shouted = "0x" + HEALTHY[2:].upper()
    assert house.json(f"/v1/accounts/{shouted}") == house.json(f"/v1/accounts/{HEALTHY}")


def leaves(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each)
    else:
        yield value


def test_no_number_loses_digits_in_a_browser(house: House) -> None:
    for path, _ in CASES:
        numbers = [each for each in leaves(house.json(path)) if isinstance(each, int) and not isinstance(each, bool)]
        assert max(numbers) < 2**53
