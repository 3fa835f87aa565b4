"""The stream's log: what was said, so that whoever was away is told what it missed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "stream_block",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("after_seq", BIG, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("block_number", BIG, nullable=False),
        sa.Column("block_hash", TEXT, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_stream_block"),
        sa.UniqueConstraint("after_seq", name="uq_stream_block_after_seq"),
    )
