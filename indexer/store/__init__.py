"""The store: the whole market, durably. The only folder with SQL."""

from indexer.store.records import (
    BlockRecord,
    Deployment,
    Head,
    HeadsSeen,
    Incident,
    JobRun,
    LiquidationFilters,
    LiquidationRecord,
    OpenAlert,
    Outgoing,
    ReportRun,
    StoredBlock,
    Token,
    Verification,
    Waiting,
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
    "LiquidationFilters",
    "LiquidationRecord",
    "OpenAlert",
    "Outgoing",
    "ReportRun",
    "Store",
    "StoredBlock",
    "Token",
    "Verification",
    "Waiting",
    "call_key",
    "open_database",
]
