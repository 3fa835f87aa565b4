"""The same endpoint as FastAPI's tutorial makes it: a SQLModel table, a session, a query, a response model.

The table has the fields of a row of the watch list, an index on what the query sorts by, and every account. The engine
keeps its connections, and SQLite its pages in memory: what is measured is the usual way, not a slow one.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query
from sqlalchemy import JSON, Column
from sqlmodel import Field, Session, SQLModel, create_engine, select

PATH = "/v1/at-risk"


class AtRisk(SQLModel, table=True):
    """An account, as a table row and as the answer's row."""

    id: int | None = Field(default=None, primary_key=True)
    health: float | None = Field(index=True)
    deployment: str
    protocol: str
    revision: int | None
    account: str
    owner: str
    market: str | None
    state: str
    reason: str | None
    health_factor_wad: str | None
    collateral_value: str | None
    weighted_collateral_value: str | None
    debt_value: str | None
    value_unit: str
    collateral_usd: float | None
    debt_usd: float | None
    collateralization_ratio: float | None
    ltv: float | None
    liquidatable_after_accrual: bool | None
    stale_feeds: list[str] = Field(sa_column=Column(JSON))
    verified_block: int | None
    next_block: dict[str, Any] = Field(sa_column=Column(JSON))
    liquidation: list[dict[str, Any]] = Field(sa_column=Column(JSON))


def fill(url: str, rows: Sequence[dict[str, Any]]) -> None:
    """Store the accounts."""
    engine = create_engine(url)
    SQLModel.metadata.create_all(engine, tables=[SQLModel.metadata.tables[str(AtRisk.__tablename__)]])
    with Session(engine) as session:
        session.add_all([AtRisk(health=_health(row), **row) for row in rows])
        session.commit()
    engine.dispose()


def build_default(url: str) -> FastAPI:
    """The application."""
    engine, app = create_engine(url, connect_args={"check_same_thread": False}), FastAPI()

    def session() -> Iterator[Session]:
        with Session(engine) as opened:
            yield opened

    @app.get(PATH)
    def at_risk(
        opened: Annotated[Session, Depends(session)],
        below: float = 1.05,
        limit: Annotated[int, Query(le=1_000)] = 100,
    ) -> list[AtRisk]:
        health: Any = AtRisk.health
        return list(opened.exec(select(AtRisk).where(health < below).order_by(health).limit(limit)).all())

    return app


def _health(row: dict[str, Any]) -> float | None:
    factor = row["health_factor_wad"]
    return None if factor is None else int(factor) / 10**18
