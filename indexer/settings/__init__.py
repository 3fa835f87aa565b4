"""Settings: one TOML file, every key also an environment variable (INDEXER_NODE__URL). The environment wins."""

from indexer.settings.cron import Cron
from indexer.settings.loading import load
from indexer.settings.sections import ReportSettings, ScheduleSettings, SnapshotSettings, StreamSettings
from indexer.settings.whole import Settings

__all__ = [
    "Cron",
    "ReportSettings",
    "ScheduleSettings",
    "Settings",
    "SnapshotSettings",
    "StreamSettings",
    "load",
]
