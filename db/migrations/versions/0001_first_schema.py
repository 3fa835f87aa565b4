"""The first schema: integers with their changes, blocks, and the facts beside them. See db/schema.md."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    blocks()
    names()
    integers()
    facts()
    answers()


def blocks() -> None:
    op.create_table(
        "block",
        sa.Column("number", BIG, nullable=False, autoincrement=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("parent_hash", TEXT, nullable=False),
        sa.Column("timestamp", BIG, nullable=False),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_block"),
    )
    op.create_table(
        "chain",
        sa.Column("chain_id", BIG, nullable=False, autoincrement=False),
        sa.Column("cursor_number", BIG),
        sa.Column("write_count", BIG, nullable=False),
        sa.Column("head_number", BIG),
        sa.Column("head_hash", TEXT),
        sa.Column("safe_number", BIG),
        sa.Column("safe_hash", TEXT),
        sa.Column("finalized_number", BIG),
        sa.Column("finalized_hash", TEXT),
        sa.Column("heads_observed_at", BIG),
        sa.PrimaryKeyConstraint("chain_id", name="pk_chain"),
        sa.ForeignKeyConstraint(["cursor_number"], ["block.number"], name="fk_chain_cursor_number_block"),
    )


def names() -> None:
    op.create_table(
        "entity",
        sa.Column("id", BIG, nullable=False, autoincrement=False),
        sa.Column("deployment", TEXT, nullable=False),
        sa.Column("market", TEXT, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_entity"),
        sa.UniqueConstraint("deployment", "market", "account", name="uq_entity_deployment_market_account"),
    )
    op.create_table(
        "field",
        sa.Column("id", BIG, nullable=False, autoincrement=False),
        sa.Column("name", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_field"),
        sa.UniqueConstraint("name", name="uq_field_name"),
    )


def foreign_names(table: str) -> list[sa.ForeignKeyConstraint]:
    if op.get_context().dialect.name != "sqlite":
        return []  # checked row by row they cost half of the time of a bulk load
    return [
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=f"fk_{table}_entity_id_entity"),
        sa.ForeignKeyConstraint(["field_id"], ["field.id"], name=f"fk_{table}_field_id_field"),
    ]


def integers() -> None:
    op.create_table(
        "state",
        sa.Column("entity_id", BIG, nullable=False),
        sa.Column("field_id", BIG, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.Column("block_number", BIG, nullable=False),
        sa.PrimaryKeyConstraint("entity_id", "field_id", name="pk_state"),
        *foreign_names("state"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "change",
        sa.Column("id", BIG, nullable=False, autoincrement=True),
        sa.Column("block_number", BIG, nullable=False),
        sa.Column("entity_id", BIG, nullable=False),
        sa.Column("field_id", BIG, nullable=False),
        sa.Column("old", sa.LargeBinary),
        sa.Column("new", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_change"),
        *foreign_names("change"),
    )
    op.create_index("ix_change_block_number", "change", ["block_number"])
    op.create_index("ix_change_entity_id_field_id_block_number", "change", ["entity_id", "field_id", "block_number"])


def facts() -> None:
    op.create_table(
        "deployment",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("protocol", TEXT, nullable=False),
        sa.Column("entry", TEXT, nullable=False),
        sa.Column("first_block", BIG, nullable=False),
        sa.Column("covered_from", BIG),
        sa.Column("covered_to", BIG),
        sa.PrimaryKeyConstraint("name", name="pk_deployment"),
    )
    op.create_table(
        "token",
        sa.Column("address", TEXT, nullable=False),
        sa.Column("symbol", TEXT),
        sa.Column("decimals", sa.Integer),
        sa.Column("name", TEXT),
        sa.PrimaryKeyConstraint("address", name="pk_token"),
    )


def answers() -> None:
    op.create_table(
        "verification",
        sa.Column("deployment", TEXT, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("block_number", BIG, nullable=False),
        sa.Column("block_hash", TEXT, nullable=False),
        sa.Column("ok", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("deployment", "account", name="pk_verification"),
    )
    op.create_table(
        "kept_answer",
        sa.Column("block_hash", TEXT, nullable=False),
        sa.Column("call_key", sa.LargeBinary, nullable=False),
        sa.Column("answer", sa.LargeBinary),
        sa.PrimaryKeyConstraint("block_hash", "call_key", name="pk_kept_answer"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "job_run",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("last_started", BIG),
        sa.Column("last_finished", BIG),
        sa.Column("last_error", TEXT),
        sa.PrimaryKeyConstraint("name", name="pk_job_run"),
    )
    op.create_table(
        "incident",
        sa.Column("deployment", sa.Text, nullable=False),
        sa.Column("block_number", BIG, nullable=False),
        sa.Column("accounts", sa.Text, nullable=False),
        sa.Column("example", sa.Text, nullable=False),
        sa.Column("opened_at", BIG, nullable=False),
        sa.Column("healed_block", BIG),
        sa.Column("closed_block", BIG),
        sa.Column("closed_at", BIG),
        sa.PrimaryKeyConstraint("deployment", "block_number", name="pk_incident"),
    )
