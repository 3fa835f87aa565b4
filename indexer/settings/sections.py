"""The sections of the configuration: every key with its type, its default and its limits."""

import json
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import NoDecode

from indexer.errors import ConfigurationError
from indexer.evm import Address, address
from indexer.protocols._registry import named
from indexer.settings.cron import Cron, cron_expression, zone_name
from indexer.wrappers import WrapperKind

RESERVED = frozenset(("chain", "chainlink", "chains", "reuse", "watch", "wrappers"))
"""Names under which the program keeps what belongs to no deployment."""
KEY_NAME = r"^[A-Za-z0-9_.-]{1,64}$"
"""What an API key may be called."""


def _urls(value: object) -> object:
    """One URL, several with commas between, a list, or (from the environment) a list as JSON."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        return json.loads(value)
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _protocol(value: str) -> str:
    try:
        return named(value).name
    except ConfigurationError as error:
        raise ValueError(str(error)) from None


def _free(name: str) -> str:
    if name in RESERVED:
        raise ValueError(f"{name!r} is a name of the program's own: choose another")
    return name


class Section(BaseModel):
    """A section: unknown keys are refused, and no message shows what was given."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class NodeSettings(Section):
    """[node]: where the Ethereum node is; several URLs fail over in order."""

    url: Annotated[list[str], NoDecode, BeforeValidator(_urls)] = Field(default=[], repr=False)
    timeout_s: float = Field(default=30, gt=0)
    attempts: int = Field(default=5, ge=1)


class DatabaseSettings(Section):
    """[database]."""

    url: str = Field(default="sqlite:///indexer.db", repr=False)


class ChainSettings(Section):
    """[chain]: what the chain does not say itself. `block_time_s` None: the usual one of the chain."""

    block_time_s: int | None = Field(default=None, ge=1)
    finality_depth: int = Field(default=64, ge=0)


class DeploymentSettings(Section):
    """[[deployments]]: added to the built-in ones of the chain, or in place of the one of that name."""

    name: Annotated[str, AfterValidator(_free)] = Field(pattern=r"^[A-Za-z0-9_.-]+$")
    protocol: Annotated[str, BeforeValidator(_protocol)]
    entry: Annotated[Address, BeforeValidator(address)]
    first_block: int = Field(default=0, ge=0)


class FeedSettings(Section):
    """[[feeds]]: a Chainlink proxy's name and heartbeat, which are not on chain."""

    name: str = Field(min_length=1)
    proxy: Annotated[Address, BeforeValidator(address)]
    heartbeat_s: int = Field(gt=0)
    deviation_bps: int | None = Field(default=None, ge=0)


class WrapperSettings(Section):
    """[[wrappers]]: what a token stands for, where its contract does not say so, or should not be believed."""

    token: Annotated[Address, BeforeValidator(address)]
    kind: WrapperKind
    underlying: Annotated[Address, BeforeValidator(address)] | None = Field(default=None, validate_default=True)

    @field_validator("underlying")
    @classmethod
    def _must_lead_on(cls, underlying: Address | None, info: ValidationInfo) -> Address | None:
        """An underlying where nobody else tells one, and never the token itself."""
        kind = info.data.get("kind")
        if underlying is None and kind is not None and not kind.names_underlying:
            raise ValueError(f"kind {kind} needs the underlying token: its contract does not name one")
        if underlying is not None and underlying == info.data.get("token"):
            raise ValueError("a token cannot stand for itself")
        return underlying


class HistorySettings(Section):
    """[history]: what is kept beside what logs and reads say."""

    chains: bool = False


class WatchSettings(Section):
    """[watch]: accounts with a health factor under `below` are at risk."""

    below: float = Field(default=1.05, gt=0, allow_inf_nan=False)


class ScheduleSettings(Section):
    """[schedule]: how often things happen, in seconds; 0 turns a job off. `verify_sample` accounts a deployment."""

    poll_s: float = Field(default=1.0, gt=0)
    verify_every_s: int = Field(default=3600, ge=0)
    verify_sample: int = Field(default=100, ge=1)
    housekeeping_every_s: int = Field(default=3600, ge=0)


class ApiKeySettings(Section):
    """[[api.keys]]: who may ask, and the SHA-256 of the key; `indexer api-key NAME` makes both.

    A plain SHA-256 is right here. Salt and a slow hash protect passwords, which can be guessed; a key is 256 random
    bits, so there is nothing to guess and no table to look it up in, and every request costs one hash only.
    """

    name: str = Field(pattern=KEY_NAME)
    sha256: Annotated[str, AfterValidator(str.lower)] = Field(pattern=r"^[0-9A-Fa-f]{64}$", repr=False)


class ApiSettings(Section):
    """[api]: where the HTTP API listens, who may ask, how much. Sizes are bytes; rates are of one key."""

    enabled: bool = True
    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8580, ge=0, le=65_535)
    keys: list[ApiKeySettings] = []
    requests_per_minute: int = Field(default=600, ge=1)
    burst: int = Field(default=100, ge=1)
    request_line_bytes: int = Field(default=8_192, ge=256)
    header_bytes: int = Field(default=16_384, ge=1_024)
    connections: int = Field(default=800, ge=1)
    max_lag: int = Field(default=10, ge=0)

    @field_validator("keys")
    @classmethod
    def _must_differ(cls, keys: list[ApiKeySettings]) -> list[ApiKeySettings]:
        """A name is one client, a key has one name: rates are counted by it."""
        if len({key.name for key in keys}) < len(keys):
            raise ValueError("two keys have the same name; names are unique")
        if len({key.sha256 for key in keys}) < len(keys):
            raise ValueError("the same key stands there under two names; make another with `indexer api-key NAME`")
        return keys


class CronSection(Section):
    """A section whose job runs by a cron expression in a time zone; no expression: never."""

    cron: Annotated[str, AfterValidator(cron_expression)] | None = None
    timezone: Annotated[str, AfterValidator(zone_name)] = "UTC"

    @property
    def trigger(self) -> Cron | None:
        """When the job is due."""
        return None if self.cron is None else Cron(self.cron, self.timezone)


class SnapshotSettings(CronSection):
    """[snapshot]: snapshots that `indexer run` writes by itself."""

    out: str | None = Field(default=None, min_length=1, repr=False)

    @model_validator(mode="after")
    def _must_go_somewhere(self) -> Self:
        if self.cron is not None and self.out is None:
            raise ValueError("cron needs out: where the snapshots go")
        return self


class ReportSettings(CronSection):
    """[report]: when `indexer run` writes the health report, where to, and how many it remembers to compare with."""

    out: str = Field(default="reports", min_length=1)
    keep: int = Field(default=400, ge=1)


class StreamSettings(Section):
    """[stream]: `/v1/stream`. `buffer_bytes` is how much may wait for one client before it is dropped."""

    clients: int = Field(default=500, ge=1)
    keep_blocks: int = Field(default=300, ge=1)
    buffer_bytes: int = Field(default=4_194_304, ge=1)
    heartbeat_s: float = Field(default=15.0, gt=0)


class LogSettings(Section):
    """[log]: to stderr, as lines for people or JSON for machines."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["console", "json"] = "console"
