"""All settings together: one TOML file, every key also an environment variable, which wins."""

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from indexer.errors import ConfigurationError
from indexer.evm import Address
from indexer.oracles.feeds import Feed, built_in_feeds
from indexer.protocols._interface import Deployment
from indexer.protocols._registry import every, names
from indexer.settings.alerts import AlertSettings
from indexer.settings.sections import (
    ApiSettings,
    ChainSettings,
    DatabaseSettings,
    DeploymentSettings,
    FeedSettings,
    HistorySettings,
    LogSettings,
    NodeSettings,
    ReportSettings,
    ScheduleSettings,
    SnapshotSettings,
    StreamSettings,
    WatchSettings,
    WrapperSettings,
)
from indexer.wrappers import Wrapping, built_in_wrappers

PREFIX = "INDEXER_"
DELIMITER = "__"
_BLOCK_TIMES = {10: 2, 56: 1, 100: 5, 137: 2, 146: 1, 8453: 2, 42161: 1, 43114: 2, 59144: 2, 534352: 3}
_USUAL_BLOCK_TIME = 12


class Settings(BaseSettings):
    """Everything that can be set. Use `load`, which explains what is wrong."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=DELIMITER,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    builtin: bool = True
    node: NodeSettings = NodeSettings()
    database: DatabaseSettings = DatabaseSettings()
    chain: ChainSettings = ChainSettings()
    deployments: list[DeploymentSettings] = []
    feeds: list[FeedSettings] = []
    wrappers: list[WrapperSettings] = []
    history: HistorySettings = HistorySettings()
    watch: WatchSettings = WatchSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    api: ApiSettings = ApiSettings()
    stream: StreamSettings = StreamSettings()
    alerts: AlertSettings = AlertSettings()
    snapshot: SnapshotSettings = SnapshotSettings()
    report: ReportSettings = ReportSettings()
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment before the file, which `load` passes as arguments."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

    def deployments_of(self, chain_id: int) -> tuple[Deployment, ...]:
        """The deployments to follow on a chain, by name. Raises ConfigurationError when there is none."""
        found: dict[str, Deployment] = {}
        if self.builtin:
            found = {d.name: d for protocol in every().values() for d in protocol.deployments(chain_id)}
        for own in self.deployments:
            found[own.name] = Deployment(own.name, own.protocol, own.entry, own.first_block)
        if not found:
            why = f"none is built in for chain {chain_id}" if self.builtin else "builtin = false turns the built-in off"
            raise ConfigurationError(
                f"no deployment to follow: {why}; add [[deployments]] with name, protocol "
                f"({', '.join(names())}), entry and first_block to the configuration"
            )
        return tuple(found.values())

    def own_feeds(self) -> tuple[Feed, ...]:
        """The feeds of the configuration."""
        return tuple(Feed(own.name, own.proxy, own.heartbeat_s, own.deviation_bps) for own in self.feeds)

    def feeds_of(self, chain_id: int) -> dict[Address, Feed]:
        """What is known about feeds of a chain, by proxy: the configuration's word before the built-in one."""
        return {feed.proxy: feed for feed in (*built_in_feeds(chain_id), *self.own_feeds())}

    def wrappers_of(self, chain_id: int) -> dict[Address, Wrapping]:
        """What is known of wrappers of a chain, by token: the configuration's word before the built-in one."""
        own = {one.token: Wrapping(one.kind, one.underlying) for one in self.wrappers}
        return {**built_in_wrappers(chain_id), **own}

    def block_time_of(self, chain_id: int) -> int:
        """Seconds between blocks: as set, else the chain's usual."""
        return self.chain.block_time_s or _BLOCK_TIMES.get(chain_id, _USUAL_BLOCK_TIME)
