"""Alerts: what is open, and the outbox of messages with their ways to the targets. See db/schema.md."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("rule", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("size", sa.Double),
        sa.Column("fired_at", BIG, nullable=False),
        sa.Column("said_number", BIG, nullable=False),
        sa.Column("said_hash", TEXT, nullable=False),
        sa.Column("calm_since", BIG),
        sa.Column("facts", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("rule", "subject", name="pk_alert"),
    )
    op.create_table(
        "alert_message",
        sa.Column("number", BIG, nullable=False, autoincrement=True),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("rule", TEXT, nullable=False),
        sa.Column("event", TEXT, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_alert_message"),
        sa.UniqueConstraint("id", name="uq_alert_message_id"),
    )
    op.create_table(
        "alert_delivery",
        sa.Column("number", BIG, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", BIG, nullable=False),
        sa.Column("last_error", TEXT),
        sa.Column("sent_at", BIG),
        sa.Column("given_up_at", BIG),
        sa.PrimaryKeyConstraint("number", "target", name="pk_alert_delivery"),
        sa.ForeignKeyConstraint(["number"], ["alert_message.number"], name="fk_alert_delivery_number_alert_message"),
    )
    op.create_index("ix_alert_delivery_target_number", "alert_delivery", ["target", "number"])
