"""The deployments that are followed and the feeds behind them, joined: what they want asked, who gets the answers."""

from indexer.parts.parts import Part, Parts, with_timestamps
from indexer.parts.state_reads import CHAIN, Fetch, StateReader

__all__ = ["CHAIN", "Fetch", "Part", "Parts", "StateReader", "with_timestamps"]
