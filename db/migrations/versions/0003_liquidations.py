"""Liquidations as they happened. What older versions indexed has none: they begin with this one."""

import sqlalchemy as sa
from alembic import op

from indexer.store.tables import BIG, TEXT

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table, and how it is looked into."""
    op.create_table(
        "liquidation",
        sa.Column("block_number", BIG, autoincrement=False, nullable=False),
        sa.Column("log_index", BIG, autoincrement=False, nullable=False),
        sa.Column("deployment", TEXT, nullable=False),
        sa.Column("block_timestamp", BIG, nullable=False),
        sa.Column("transaction_hash", TEXT, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("market", TEXT),
        sa.Column("liquidator", TEXT),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("debt_asset", TEXT),
        sa.Column("debt_repaid", sa.LargeBinary),
        sa.Column("collateral_asset", TEXT),
        sa.Column("collateral_seized", sa.LargeBinary),
        sa.Column("protocol_fee", sa.LargeBinary),
        sa.Column("receipt_asset", TEXT),
        sa.Column("receipt_seized", sa.LargeBinary),
        sa.Column("bad_debt", sa.LargeBinary),
        sa.Column("auction", TEXT),
        sa.Column("liquidatable_since", BIG),
        sa.PrimaryKeyConstraint("block_number", "log_index", "deployment", name="pk_liquidation"),
        sqlite_with_rowid=False,
    )
    for column in ("account", "owner"):
        op.create_index(f"ix_liquidation_{column}_block_number", "liquidation", [column, "block_number"])
