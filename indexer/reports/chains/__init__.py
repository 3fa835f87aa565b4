"""Collateral chains of one block, as rows: found by `risk`, valued and named here."""
