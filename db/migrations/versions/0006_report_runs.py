"""Reports that were made, so that the next one can say what changed."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table."""
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "report_run",
        sa.Column("block_number", big, autoincrement=False, nullable=False),
        sa.Column("block_hash", text, nullable=False),
        sa.Column("created_at", big, nullable=False),
        sa.Column("figures", text, nullable=False),
        sa.PrimaryKeyConstraint("block_number", name=op.f("pk_report_run")),
    )
