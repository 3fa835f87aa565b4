"""Settings: one TOML file, every key also an environment variable (INDEXER_NODE__URL). The environment wins."""

from indexer.settings.loading import load
from indexer.settings.sections import ScheduleSettings, StreamSettings
from indexer.settings.whole import Settings

__all__ = ["ScheduleSettings", "Settings", "StreamSettings", "load"]
