"""Collateral chains: no table, two views. What older versions indexed proves nothing: proofs begin with this one."""

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The views are made anew after every migration."""
