"""The tour of `scripts/demo`: a chain, a backfill, a crash, an explanation, a verification."""
