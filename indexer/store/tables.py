"""The tables, as SQLModel classes. `db/schema.md` draws them; a test holds them equal to the migrations."""

from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

# A plain INTEGER is 64 bits wide in SQLite, and the only type that can number rows by itself.
BIG = BigInteger().with_variant(Integer(), "sqlite")

# In PostgreSQL sorted by bytes, as in SQLite: quicker, and no index breaks when the system's locales change.
TEXT = Text().with_variant(Text(collation="C"), "postgresql")


def _names() -> tuple[ForeignKeyConstraint, ForeignKeyConstraint]:
    # PostgreSQL would check them row by row, for half of the time of a COPY: there `integrity` looks instead.
    return (
        ForeignKeyConstraint(["entity_id"], ["entity.id"]).ddl_if(dialect="sqlite"),
        ForeignKeyConstraint(["field_id"], ["field.id"]).ddl_if(dialect="sqlite"),
    )


class _Base(SQLModel):
    # Nobody makes an object of them: pydantic's validators, a tenth of a second of every start, are not built.
    model_config = {"defer_build": True}
    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Block(_Base, table=True):
    """Blocks known by hash."""

    number: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    hash: str = Field(sa_column=Column(TEXT, nullable=False))
    parent_hash: str = Field(sa_column=Column(TEXT, nullable=False))
    timestamp: int = Field(sa_column=Column(BIG, nullable=False))
    complete: bool = Field(sa_column=Column(Boolean, nullable=False))


class Chain(_Base, table=True):
    """One row: which chain this is, how far the store reaches, what the node last said of its heads."""

    chain_id: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    cursor_number: int | None = Field(sa_column=Column(BIG, ForeignKey("block.number")))
    write_count: int = Field(sa_column=Column(BIG, nullable=False))
    head_number: int | None = Field(sa_column=Column(BIG))
    head_hash: str | None = Field(sa_column=Column(TEXT))
    safe_number: int | None = Field(sa_column=Column(BIG))
    safe_hash: str | None = Field(sa_column=Column(TEXT))
    finalized_number: int | None = Field(sa_column=Column(BIG))
    finalized_hash: str | None = Field(sa_column=Column(TEXT))
    heads_observed_at: int | None = Field(sa_column=Column(BIG))


class Entity(_Base, table=True):
    """Interned names: a deployment, a market, an account, or an account in a market."""

    __table_args__ = (UniqueConstraint("deployment", "market", "account"),)

    id: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    deployment: str = Field(sa_column=Column(TEXT, nullable=False))
    market: str = Field(sa_column=Column(TEXT, nullable=False))
    account: str = Field(sa_column=Column(TEXT, nullable=False))


class FieldName(_Base, table=True):
    """Interned names of fields."""

    __tablename__ = "field"

    id: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    name: str = Field(sa_column=Column(TEXT, nullable=False, unique=True))


class State(_Base, table=True):
    """Current values: one row for every integer that is present."""

    __table_args__ = (*_names(), {"sqlite_with_rowid": False})

    entity_id: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    field_id: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    value: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    block_number: int = Field(sa_column=Column(BIG, nullable=False))


class Change(_Base, table=True):
    """Every change of every integer: history, undo and the state at any block."""

    __table_args__ = (*_names(), Index(None, "block_number"), Index(None, "entity_id", "field_id", "block_number"))

    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True, autoincrement=True))
    block_number: int = Field(sa_column=Column(BIG, nullable=False))
    entity_id: int = Field(sa_column=Column(BIG, nullable=False))
    field_id: int = Field(sa_column=Column(BIG, nullable=False))
    old: bytes | None = Field(sa_column=Column(LargeBinary))
    new: bytes | None = Field(sa_column=Column(LargeBinary))


class Deployment(_Base, table=True):
    """Deployments followed, and the blocks for which the store holds all of each."""

    name: str = Field(sa_column=Column(TEXT, primary_key=True))
    protocol: str = Field(sa_column=Column(TEXT, nullable=False))
    entry: str = Field(sa_column=Column(TEXT, nullable=False))
    first_block: int = Field(sa_column=Column(BIG, nullable=False))
    covered_from: int | None = Field(sa_column=Column(BIG))
    covered_to: int | None = Field(sa_column=Column(BIG))


class Token(_Base, table=True):
    """Static facts of tokens."""

    address: str = Field(sa_column=Column(TEXT, primary_key=True))
    symbol: str | None = Field(sa_column=Column(TEXT))
    decimals: int | None = Field(sa_column=Column(Integer))
    name: str | None = Field(sa_column=Column(TEXT))


class Verification(_Base, table=True):
    """The last block at which each account was compared with the contract."""

    deployment: str = Field(sa_column=Column(TEXT, primary_key=True))
    account: str = Field(sa_column=Column(TEXT, primary_key=True))
    block_number: int = Field(sa_column=Column(BIG, nullable=False))
    block_hash: str = Field(sa_column=Column(TEXT, nullable=False))
    ok: bool = Field(sa_column=Column(Boolean, nullable=False))


class KeptAnswer(_Base, table=True):
    """Answers read on demand at past blocks; NULL when the call reverted."""

    __tablename__ = "kept_answer"
    __table_args__ = ({"sqlite_with_rowid": False},)

    block_hash: str = Field(sa_column=Column(TEXT, primary_key=True))
    call_key: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    answer: bytes | None = Field(sa_column=Column(LargeBinary))


class JobRun(_Base, table=True):
    """When each scheduled job last ran (Unix seconds)."""

    __tablename__ = "job_run"

    name: str = Field(sa_column=Column(TEXT, primary_key=True))
    last_started: int | None = Field(sa_column=Column(BIG))
    last_finished: int | None = Field(sa_column=Column(BIG))
    last_error: str | None = Field(sa_column=Column(TEXT))


class Incident(_Base, table=True):
    """Mismatches with the contracts: while one is open, nothing is said about the deployment's accounts."""

    deployment: str = Field(sa_column=Column(Text, primary_key=True))
    block_number: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    accounts: str = Field(sa_column=Column(Text, nullable=False))
    example: str = Field(sa_column=Column(Text, nullable=False))
    opened_at: int = Field(sa_column=Column(BIG, nullable=False))
    healed_block: int | None = Field(sa_column=Column(BIG))
    closed_block: int | None = Field(sa_column=Column(BIG))
    closed_at: int | None = Field(sa_column=Column(BIG))


class Liquidation(_Base, table=True):
    """Liquidations as they happened: a row a log. They go with their block."""

    __table_args__ = (
        Index(None, "account", "block_number"),
        Index(None, "owner", "block_number"),
        {"sqlite_with_rowid": False},
    )

    block_number: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    log_index: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    deployment: str = Field(sa_column=Column(TEXT, primary_key=True))
    block_timestamp: int = Field(sa_column=Column(BIG, nullable=False))
    transaction_hash: str = Field(sa_column=Column(TEXT, nullable=False))
    account: str = Field(sa_column=Column(TEXT, nullable=False))
    owner: str = Field(sa_column=Column(TEXT, nullable=False))
    market: str | None = Field(sa_column=Column(TEXT))
    liquidator: str | None = Field(sa_column=Column(TEXT))
    kind: str = Field(sa_column=Column(TEXT, nullable=False))
    debt_asset: str | None = Field(sa_column=Column(TEXT))
    debt_repaid: bytes | None = Field(sa_column=Column(LargeBinary))
    collateral_asset: str | None = Field(sa_column=Column(TEXT))
    collateral_seized: bytes | None = Field(sa_column=Column(LargeBinary))
    protocol_fee: bytes | None = Field(sa_column=Column(LargeBinary))
    receipt_asset: str | None = Field(sa_column=Column(TEXT))
    receipt_seized: bytes | None = Field(sa_column=Column(LargeBinary))
    bad_debt: bytes | None = Field(sa_column=Column(LargeBinary))
    auction: str | None = Field(sa_column=Column(TEXT))
    liquidatable_since: int | None = Field(sa_column=Column(BIG))


class Alert(_Base, table=True):
    """Open alerts: the worst that was said of a rule's subject, and at which block."""

    rule: str = Field(sa_column=Column(TEXT, primary_key=True))
    subject: str = Field(sa_column=Column(TEXT, primary_key=True))
    severity: int = Field(sa_column=Column(Integer, nullable=False))
    size: float | None = Field(sa_column=Column(Double))
    fired_at: int = Field(sa_column=Column(BIG, nullable=False))
    said_number: int = Field(sa_column=Column(BIG, nullable=False))
    said_hash: str = Field(sa_column=Column(TEXT, nullable=False))
    calm_since: int | None = Field(sa_column=Column(BIG))
    facts: str = Field(sa_column=Column(TEXT, nullable=False))


class AlertMessage(_Base, table=True):
    """The outbox: what is to be sent, or was."""

    __tablename__ = "alert_message"

    number: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True, autoincrement=True))
    id: str = Field(sa_column=Column(TEXT, nullable=False, unique=True))
    rule: str = Field(sa_column=Column(TEXT, nullable=False))
    event: str = Field(sa_column=Column(TEXT, nullable=False))
    created_at: int = Field(sa_column=Column(BIG, nullable=False))
    title: str = Field(sa_column=Column(TEXT, nullable=False))
    body: str = Field(sa_column=Column(TEXT, nullable=False))


class AlertDelivery(_Base, table=True):
    """A message's way to one target, which is known by a digest of its URL."""

    __tablename__ = "alert_delivery"
    __table_args__ = (Index(None, "target", "number"),)

    number: int = Field(
        sa_column=Column(BIG, ForeignKey("alert_message.number"), primary_key=True, autoincrement=False)
    )
    target: str = Field(sa_column=Column(TEXT, primary_key=True))
    attempts: int = Field(sa_column=Column(Integer, nullable=False))
    next_at: int = Field(sa_column=Column(BIG, nullable=False))
    last_error: str | None = Field(sa_column=Column(TEXT))
    sent_at: int | None = Field(sa_column=Column(BIG))
    given_up_at: int | None = Field(sa_column=Column(BIG))


class ReportRun(_Base, table=True):
    """Headline figures of the reports that were made."""

    __tablename__ = "report_run"

    block_number: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    block_hash: str = Field(sa_column=Column(TEXT, nullable=False))
    created_at: int = Field(sa_column=Column(BIG, nullable=False))
    figures: str = Field(sa_column=Column(TEXT, nullable=False))


class StreamBlock(_Base, table=True):
    """What `/v1/stream` said, in order: one row for the events of a block, a retraction or a whole list."""

    __tablename__ = "stream_block"

    seq: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    after_seq: int = Field(sa_column=Column(BIG, nullable=False, unique=True))
    kind: str = Field(sa_column=Column(TEXT, nullable=False))
    block_number: int = Field(sa_column=Column(BIG, nullable=False))
    block_hash: str = Field(sa_column=Column(TEXT, nullable=False))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


METADATA = _Base.metadata
CHAIN = METADATA.tables["chain"]
BLOCK = METADATA.tables["block"]
ENTITY = METADATA.tables["entity"]
FIELD = METADATA.tables["field"]
STATE = METADATA.tables["state"]
CHANGE = METADATA.tables["change"]
DEPLOYMENT = METADATA.tables["deployment"]
TOKEN = METADATA.tables["token"]
VERIFICATION = METADATA.tables["verification"]
KEPT_ANSWER = METADATA.tables["kept_answer"]
JOB_RUN = METADATA.tables["job_run"]
INCIDENT = METADATA.tables["incident"]
LIQUIDATION = METADATA.tables["liquidation"]
ALERT = METADATA.tables["alert"]
ALERT_MESSAGE = METADATA.tables["alert_message"]
ALERT_DELIVERY = METADATA.tables["alert_delivery"]
REPORT_RUN = METADATA.tables["report_run"]
STREAM_BLOCK = METADATA.tables["stream_block"]
