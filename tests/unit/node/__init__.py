"""Tests of indexer/node: fakes below httpx, and a real anvil."""
