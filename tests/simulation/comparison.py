"""The store at the end beside one that was synced in peace: the same rows, and none twice."""

from collections.abc import Collection, Mapping
from typing import Any

from indexer.store import Store
from tests.store.made import dump


def assert_sound(store: Store) -> None:
    """Changes of one integer form a chain through ascending blocks that ends in its state."""
    rows: Mapping[str, Any] = dump(store)
    last: dict[tuple[str, ...], tuple[int, bytes | None]] = {}
    for number, *key, old, new in rows["change"]:
        before = last.get(tuple(key), (-1, None))
        assert before[0] < number, f"{key} changes twice in block {number}, or out of order"
        assert before[1] == old, f"{key} in block {number}: the change says {old!r}, before it was {before[1]!r}"
        last[tuple(key)] = (number, new)
    present = {key: value for key, (_, value) in last.items() if value is not None}
    assert present == {tuple(key): value for *key, value, _ in rows["state"]}
    assert store.integrity() == []


def assert_same_rows(
    store: Store, undisturbed: Store, final: int, read_fields: Collection[str], leaving_out: Collection[str] = ()
) -> int:
    """State, what logs changed and when, unfinalised blocks and cursor are equal. Returns how many rows were compared.

    What blocks read besides logs (`read_fields`) is in the state's values; which blocks read it depends on when they
    were followed; nor does a backfill know since when an account could be liquidated. Nothing is compared of the
    deployments in `leaving_out`.
    """
    mine: Mapping[str, Any] = dump(store)
    theirs: Mapping[str, Any] = dump(undisturbed)
    different = sorted(_values(mine, leaving_out).items() ^ _values(theirs, leaving_out).items())
    assert different == [], f"{len(different)} values differ: {different[:4]}"
    logged, undisturbed_logged = (_logged(rows, read_fields, leaving_out) for rows in (mine, theirs))
    different = sorted({*logged} ^ {*undisturbed_logged}, key=repr)
    assert different == [], f"{len(different)} changes differ: {different[:4]}"
    assert logged == undisturbed_logged
    happened = [[row[:-1] for row in rows["liquidation"]] for rows in (mine, theirs)]
    assert happened[0] == happened[1], "liquidations differ"
    assert [row for row in mine["block"] if row[0] > final] == [row for row in theirs["block"] if row[0] > final]
    assert mine["cursor"] == theirs["cursor"]
    return len(_values(mine, leaving_out)) + len(logged)


def _values(rows: Mapping[str, Any], leaving_out: Collection[str]) -> dict[tuple[str, ...], bytes]:
    return {tuple(key): value for *key, value, _ in rows["state"] if key[0] not in leaving_out}


def _logged(
    rows: Mapping[str, Any], read_fields: Collection[str], leaving_out: Collection[str]
) -> list[tuple[Any, ...]]:
    """Changes that logs made: (block, deployment, market, account, field, old, new), sorted."""
    wanted = (row for row in rows["change"] if row[4] not in read_fields and row[1] not in leaving_out)
    return sorted(wanted, key=repr)
