"""Snapshots for analysts: one block as typed tables in files, with a manifest of hashes (docs/snapshots.md)."""
