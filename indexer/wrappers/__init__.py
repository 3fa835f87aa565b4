"""Tokens that stand for other tokens, with the rates their own contracts tell at a block. Sans-I/O.

ERC-4626 vaults, static aTokens, wstETH, weETH, rETH, cbETH, and relabels one to one. Receipts of followed protocols
(aTokens, cTokens) are not here: their protocol tells them (`View.receipts`). What can be believed: docs/wrappers.md.
"""

from indexer.wrappers.built_in import built_in_wrappers
from indexer.wrappers.kinds import WrapperClass, WrapperKind, Wrapping
from indexer.wrappers.rates import Rate
from indexer.wrappers.reads import READ_FIELDS, apply_reads, plan_reads
from indexer.wrappers.stored import DEPLOYMENT, Wrapper, entity, is_known, wrapper, wrappers

__all__ = [
    "DEPLOYMENT",
    "READ_FIELDS",
    "Rate",
    "Wrapper",
    "WrapperClass",
    "WrapperKind",
    "Wrapping",
    "apply_reads",
    "built_in_wrappers",
    "entity",
    "is_known",
    "plan_reads",
    "wrapper",
    "wrappers",
]
