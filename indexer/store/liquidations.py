"""Liquidations as they happened: written with their block, gone with it, read newest first."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select, tuple_

from indexer.evm import Address
from indexer.protocols._interface import Liquidation
from indexer.store.backend import Backend
from indexer.store.database import Database
from indexer.store.records import LiquidationFilters, LiquidationRecord
from indexer.store.tables import LIQUIDATION
from indexer.store.values import decode_optional, encode_optional
from indexer.words import LiquidationKind

_COLUMNS = tuple(column.name for column in LIQUIDATION.columns)


class Liquidations(Database):
    """The table `liquidation`."""

    def liquidations(self, wanted: LiquidationFilters) -> list[LiquidationRecord]:
        """Those asked for, newest first.

        Of one log that two deployments share both rows stand on one page, which may then be longer than `limit`.
        """
        table = LIQUIDATION.c
        place = tuple_(table.block_number, table.log_index)
        query = select(LIQUIDATION).where(*_conditions(wanted))
        if wanted.after is not None:
            query = query.where(place < wanted.after)
        newest = query.order_by(table.block_number.desc(), table.log_index.desc(), table.deployment)
        with self._reading() as connection:
            found = [_record(row) for row in connection.execute(newest.limit(wanted.limit))]
            if wanted.limit and len(found) == wanted.limit:
                known = {one.deployment for one in found if one.key == found[-1].key}
                same = query.where(place == found[-1].key, table.deployment.not_in(known)).order_by(table.deployment)
                found += [_record(row) for row in connection.execute(same)]
        return found


def save_liquidations(connection: Connection, backend: Backend, records: Sequence[LiquidationRecord]) -> None:
    """Store them; one that is there already is written again."""
    backend.upsert(connection, LIQUIDATION, _COLUMNS, [_row(record) for record in records])


def _conditions(wanted: LiquidationFilters) -> list[ColumnElement[bool]]:
    table = LIQUIDATION.c
    named = ("deployment", "owner", "liquidator", "auction")
    where = [table[name] == value for name in named if (value := getattr(wanted, name)) is not None]
    if wanted.account is not None:
        where.append(_of_account(wanted.account))
    if wanted.since_block is not None:
        where.append(table.block_number >= wanted.since_block)
    if wanted.until_block is not None:
        where.append(table.block_number <= wanted.until_block)
    return where


def _of_account(account: str) -> ColumnElement[bool]:
    keys = LIQUIDATION.c.account
    return or_(keys == account, and_(keys > f"{account}/", keys < f"{account}0"))  # "0" follows "/"


def _row(record: LiquidationRecord) -> tuple[Any, ...]:
    what = record.what
    return (
        record.block_number,
        what.log_index,
        record.deployment,
        record.block_timestamp,
        what.transaction,
        what.account,
        what.owner,
        what.market,
        what.liquidator,
        what.kind.value,
        what.debt_asset,
        encode_optional(what.debt_repaid),
        what.collateral_asset,
        encode_optional(what.collateral_seized),
        encode_optional(what.protocol_fee),
        what.receipt_asset,
        encode_optional(what.receipt_seized),
        encode_optional(what.bad_debt),
        what.auction,
        record.liquidatable_since,
    )


def _record(row: Row[Any]) -> LiquidationRecord:
    what = Liquidation(
        account=row.account,
        owner=row.owner,
        market=row.market,
        liquidator=row.liquidator,
        kind=LiquidationKind(row.kind),
        log_index=row.log_index,
        transaction=row.transaction_hash,
        debt_asset=_asset(row.debt_asset),
        debt_repaid=decode_optional(row.debt_repaid),
        collateral_asset=_asset(row.collateral_asset),
        collateral_seized=decode_optional(row.collateral_seized),
        protocol_fee=decode_optional(row.protocol_fee),
        receipt_asset=_asset(row.receipt_asset),
        receipt_seized=decode_optional(row.receipt_seized),
        bad_debt=decode_optional(row.bad_debt),
        auction=row.auction,
    )
    return LiquidationRecord(row.deployment, row.block_number, row.block_timestamp, what, row.liquidatable_since)


def _asset(value: str | None) -> Address | None:
    return None if value is None else Address(value)
