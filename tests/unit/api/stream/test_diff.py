"""Events lead from any list to any other, through their written form too."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from indexer.api.stream.diff import diff
from indexer.api.stream.events import Block, Kind, Wanted, joined, named_at_the_end, numbered, split
from indexer.api.stream.picture import Follower, Key, Picture, Place

NAMES = st.sampled_from(["a", "b"])
KEYS = st.tuples(NAMES, st.sampled_from(["0x1", "0x2", "0x3"]), st.sampled_from([None, "0xm"]))
TEXTS = st.sampled_from(["", "x", "y\u2028z", "é"])
STATES = st.sampled_from(["at_risk", "liquidatable", "bad_debt", "unknown"])
VALUES = st.one_of(st.none(), TEXTS, st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**53), 2**53))
TERMS = st.lists(st.fixed_dictionaries({"debt_asset": TEXTS, "allowed": st.booleans()}), max_size=2)
BODIES = st.fixed_dictionaries({"state": STATES, "debt_value": VALUES, "liquidation": TERMS})
PLACES = st.tuples(NAMES, st.sampled_from(["m", "n"]))
PRICE_FIELDS = ("asset", "symbol", "price_decimals", "price_usd", "feed", "round", "updated_at")
PRICES = st.fixed_dictionaries(
    {"price": TEXTS, "price_unit": TEXTS, "state": st.sampled_from(["priced", "unpriced"]), "source": TEXTS}
    | dict.fromkeys(PRICE_FIELDS, VALUES)
)
PENDINGS = st.fixed_dictionaries(
    {"pending": st.fixed_dictionaries({"answer": TEXTS, "visible_from": VALUES})}
    | dict.fromkeys(("asset", "symbol", "source", "feed", "answer_decimals", "price_decimals"), VALUES)
)


def pictures(number: int) -> st.SearchStrategy[Picture]:
    def made(
        accounts: Mapping[Key, dict[str, Any]],
        prices: Mapping[Place, dict[str, Any]],
        pendings: Mapping[Place, dict[str, Any]],
    ) -> Picture:
        keyed = {key: dict(zip(("deployment", "account", "market"), key, strict=True)) | row
                 for key, row in accounts.items()}  # fmt: skip
        placed = [
            {place: {"deployment": place[0], "market": place[1]} | row for place, row in rows.items()}
            for rows in (prices, pendings)
        ]
        standing = {"parent_hash": "0x0", "head_block": number, "lag_blocks": 0, "finality": "latest"}
        return Picture(Block(1, number, hex(number), 12 * number), standing, keyed, *placed)

    return st.builds(
        made,
        st.dictionaries(KEYS, BODIES, max_size=6),
        st.dictionaries(PLACES, PRICES, max_size=3),
        st.dictionaries(PLACES, PENDINGS, max_size=3),
    )


DECIDES = ("price", "price_unit", "state", "source")


def decided(picture: Picture) -> dict[Place, list[Any]]:
    return {place: [row[name] for name in DECIDES] for place, row in picture.prices.items()}


@given(pictures(1), pictures(2))
def test_applied_to_the_old_list_they_give_the_new_one(old: Picture, new: Picture) -> None:
    events = diff(old, new, {})
    frames = split(joined(numbered([*events, new.ending(events, jumped=False)], new.block, 5)))
    got = Follower.at(old).take_all(frames)
    assert got.accounts == new.accounts
    assert decided(got) == decided(new)
    assert {place: row["pending"] for place, row in got.pendings.items()} == {
        place: row["pending"] for place, row in new.pendings.items()
    }
    assert (got.block, got.standing) == (new.block, new.standing)
    assert diff(got, new, {}) == []


@given(pictures(1), pictures(2))
def test_nothing_is_said_twice_or_for_nothing(old: Picture, new: Picture) -> None:
    events = diff(old, new, {})
    accounts = [event for event in events if event.kind in (Kind.ENTER, Kind.CHANGE, Kind.LEAVE)]
    keys = [(e.data["deployment"], e.data["account"], e.data["market"]) for e in accounts]
    assert len(set(keys)) == len(keys)
    moved = {key for key in old.accounts.keys() | new.accounts.keys() if old.accounts.get(key) != new.accounts.get(key)}
    assert set(keys) == moved
    for event in accounts:
        if event.kind is Kind.CHANGE:
            before = old.accounts[event.data["deployment"], event.data["account"], event.data["market"]]
            assert all(before[name] != value for name, value in event.data["changed"].items())


@given(pictures(1), pictures(2))
def test_a_whole_list_needs_nothing_before_it_and_is_the_list(old: Picture, new: Picture) -> None:
    frames = named_at_the_end(new.whole("new"), new.block, "7-1")
    got = Follower.at(old).take_all(split(joined(frames)))
    assert got == new
    assert [frame for frame in frames if frame.raw.startswith(b"id")] == [frames[-1]]


@given(pictures(1), pictures(2))
def test_a_filtered_client_holds_its_part_of_the_list(old: Picture, new: Picture) -> None:
    events = diff(old, new, {})
    frames = numbered([*events, new.ending(events, jumped=False)], new.block, 5)
    mine = {key: row for key, row in old.accounts.items() if key[0] == "a"}
    follower = Follower(mine, {}, {})
    for frame in split(Wanted(deployments=frozenset({"a"})).of(frames)):
        if frame.kind in (Kind.ENTER, Kind.CHANGE, Kind.LEAVE):
            follower.take(frame.kind, frame.data)
    assert follower.accounts == {key: row for key, row in new.accounts.items() if key[0] == "a"}


@given(st.text(st.sampled_from('a\n\r\v\f\x1c\x85\u2028\u2029"\\é'), min_size=1))
def test_no_name_of_a_token_ends_a_line(symbol: str) -> None:
    block = Block(1, 1, "0x1", 1)
    picture = Picture(block, {}, {}, {}, {})
    event = picture.ending([], jumped=False)
    event.data["symbol"] = symbol
    raw = numbered([event], block, 1)[0].raw
    assert len(raw.decode().splitlines()) == 4
    assert split(raw)[0].data["symbol"] == symbol
