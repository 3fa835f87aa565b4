"""Blocks, records and dumps for the store's tests."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from indexer.book.change import Change, Entity
from indexer.errors import DatabaseError
from indexer.evm import Address, BlockRef, address
from indexer.protocols._interface import Liquidation
from indexer.store import BlockRecord, LiquidationRecord, Store
from indexer.store.tables import BLOCK, CHAIN, CHANGE, ENTITY, FIELD, LIQUIDATION, STATE
from indexer.words import LiquidationKind
from tests.postgres_server import PASSWORD

BORROWER = Entity("aave_v3_main", "0x" + "aa" * 20, "0x" + "b0" * 20)
SUPPLIER = Entity("aave_v3_main", "0x" + "aa" * 20, "0x" + "50" * 20)
MARKET = Entity("aave_v3_main", "0x" + "aa" * 20)
OTHER = Entity("morpho_blue", "0x" + "cc" * 32, "0x" + "b0" * 20)

ALICE, KEEPER = address(0xA11CE), address(0xCEE)
DOLLAR, ETHER = address(0xD0), address(0xE0)
POOL = "aave_v3_main"

NewUrl = Callable[[], str]
Values = dict[tuple[Entity, str], int]


def ref(number: int, fork: str = "0") -> BlockRef:
    return BlockRef(number, f"0x{fork}{number:063x}", f"0x{fork}{number - 1:063x}", 1_700_000_000 + 12 * number)


def record(number: int, *changes: Change, complete: bool = True, fork: str = "0") -> BlockRecord:
    return BlockRecord(ref(number, fork), complete, changes)


def happened(
    number: int,
    index: int,
    account: str = ALICE,
    *,
    deployment: str = POOL,
    liquidator: Address = KEEPER,
    since: int | None = None,
) -> LiquidationRecord:
    """A liquidation of a block."""
    what = Liquidation(
        account=account,
        owner=account[:42],
        market=account[43:] or None,
        liquidator=liquidator,
        kind=LiquidationKind.FIXED_BONUS,
        log_index=index,
        transaction=f"0x{number:060x}{index:04x}",
        debt_asset=DOLLAR,
        debt_repaid=2**255 + number,
        collateral_asset=ETHER,
        collateral_seized=0,
        protocol_fee=None,
        bad_debt=7,
    )
    return LiquidationRecord(deployment, number, ref(number).timestamp, what, since)


def commit(store: Store, number: int, *changes: Change, complete: bool = True, fork: str = "0") -> None:
    store.commit([record(number, *changes, complete=complete, fork=fork)], ref(number, fork))


def state(store: Store, block: int | None = None, deployment: str | None = None) -> Values:
    rows = list(store.load_state(block, deployment))
    values = {(entity, field): value for entity, field, value in rows}
    assert len(values) == len(rows)
    return values


def follow(values: Values, changes: Sequence[Change]) -> Values:
    """Apply changes to a plain dict, insisting on what each says it found."""
    followed = dict(values)
    for entity, field, old, new in changes:
        assert followed.get((entity, field)) == old
        if new is None:
            followed.pop((entity, field), None)
        else:
            followed[entity, field] = new
    return followed


@contextmanager
def refused(saying: str) -> Iterator[None]:
    """Insist on a DatabaseError of one line, without the password of the test server."""
    with pytest.raises(DatabaseError, match=saying) as caught:
        yield
    assert "\n" not in str(caught.value)
    assert PASSWORD not in told(caught.value)


def told(error: BaseException | None) -> str:
    """Everything that a traceback would print of an error and of those before it, but for the source lines."""
    if error is None:
        return ""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return f"{error!r} {error} {told(before)}"


def dump(store: Store) -> Mapping[str, object]:
    """All rows that follow from the chain, with names in the place of ids."""
    names = (ENTITY.c.deployment, ENTITY.c.market, ENTITY.c.account, FIELD.c.name)
    current = select(*names, STATE.c.value, STATE.c.block_number).join_from(STATE, ENTITY).join(FIELD)
    changes = select(CHANGE.c.block_number, *names, CHANGE.c.old, CHANGE.c.new).join_from(CHANGE, ENTITY).join(FIELD)
    with store._reading() as connection:
        return {
            "state": sorted(map(tuple, connection.execute(current))),
            "change": list(map(tuple, connection.execute(changes.order_by(CHANGE.c.id)))),
            "block": list(map(tuple, connection.execute(select(BLOCK).order_by(BLOCK.c.number)))),
            "liquidation": sorted(map(tuple, connection.execute(select(LIQUIDATION))), key=repr),
            "cursor": connection.scalar(select(CHAIN.c.cursor_number)),
        }
