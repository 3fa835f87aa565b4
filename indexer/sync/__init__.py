"""Joins node, protocols, book and store: backfill, follow, rollback. One block is one transaction."""
