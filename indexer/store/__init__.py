"""The store: the whole market, durably. The only folder with SQL."""

from indexer.store.records import (
    BlockRecord,
    Deployment,
    Head,
    HeadsSeen,
    Incident,
    JobRun,
    StoredBlock,
    StreamEntry,
    StreamMark,
    Token,
    Verification,
    call_key,
)
from indexer.store.store import Store, open_database

__all__ = [
    "BlockRecord",
    "Deployment",
    "Head",
    "HeadsSeen",
    "Incident",
    "JobRun",
    "Store",
    "StoredBlock",
    "StreamEntry",
    "StreamMark",
    "Token",
    "Verification",
    "call_key",
    "open_database",
]
