"""The deployments that are followed and the feeds behind them, joined: what they want asked, who gets the answers."""

from indexer.parts.parts import Liquidated, Part, Parts, with_timestamps
from indexer.parts.sight import RECEIPT, sight_of
from indexer.parts.state_reads import CHAIN, Fetch, StateReader

__all__ = ["CHAIN", "RECEIPT", "Fetch", "Liquidated", "Part", "Parts", "StateReader", "sight_of", "with_timestamps"]
