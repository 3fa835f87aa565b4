"""The command line: `indexer`, and `python -m indexer`."""

from indexer.cli.entry import main

__all__ = ["main"]
