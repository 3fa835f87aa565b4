"""Settings: one TOML file, every key also an environment variable (INDEXER_NODE__URL). The environment wins.

Layout of the file: docs and `indexer.toml`. URLs may hold keys and passwords: no message and no repr shows them.
"""

import difflib
import json
import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from indexer.errors import ConfigurationError
from indexer.evm import Address, address
from indexer.oracles.feeds import Feed, built_in_feeds
from indexer.protocols._interface import Deployment
from indexer.protocols._registry import every, named, names
from indexer.wrappers import WrapperKind, Wrapping, built_in_wrappers

PREFIX = "INDEXER_"
DELIMITER = "__"
_CONFIG_VARIABLE = "CONFIG"  # the environment's way to say --config
DEFAULT_FILE = Path("indexer.toml")
RESERVED = frozenset(("chain", "chainlink", "chains", "reuse", "wrappers"))
"""Names under which the program keeps what belongs to no deployment."""
_BLOCK_TIMES = {10: 2, 56: 1, 100: 5, 137: 2, 146: 1, 8453: 2, 42161: 1, 43114: 2, 59144: 2, 534352: 3}
_USUAL_BLOCK_TIME = 12


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


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class NodeSettings(_Section):
    """[node]: where the Ethereum node is; several URLs fail over in order."""

    url: Annotated[list[str], NoDecode, BeforeValidator(_urls)] = Field(default=[], repr=False)
    timeout_s: float = Field(default=30, gt=0)
    attempts: int = Field(default=5, ge=1)


class DatabaseSettings(_Section):
    """[database]."""

    url: str = Field(default="sqlite:///indexer.db", repr=False)


class ChainSettings(_Section):
    """[chain]: what the chain does not say itself. `block_time_s` None: the usual one of the chain."""

    block_time_s: int | None = Field(default=None, ge=1)
    finality_depth: int = Field(default=64, ge=0)


class DeploymentSettings(_Section):
    """[[deployments]]: added to the built-in ones of the chain, or in place of the one of that name."""

    name: Annotated[str, AfterValidator(_free)] = Field(pattern=r"^[A-Za-z0-9_.-]+$")
    protocol: Annotated[str, BeforeValidator(_protocol)]
    entry: Annotated[Address, BeforeValidator(address)]
    first_block: int = Field(default=0, ge=0)


class FeedSettings(_Section):
    """[[feeds]]: a Chainlink proxy's name and heartbeat, which are not on chain."""

    name: str = Field(min_length=1)
    proxy: Annotated[Address, BeforeValidator(address)]
    heartbeat_s: int = Field(gt=0)
    deviation_bps: int | None = Field(default=None, ge=0)


class WrapperSettings(_Section):
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


class HistorySettings(_Section):
    """[history]: what is kept beside what logs and reads say."""

    chains: bool = False


class WatchSettings(_Section):
    """[watch]: accounts with a health factor under `below` are at risk."""

    below: float = Field(default=1.05, gt=0, allow_inf_nan=False)


class ScheduleSettings(_Section):
    """[schedule]: how often things happen, in seconds; 0 turns a job off. `verify_sample` accounts a deployment."""

    poll_s: float = Field(default=1.0, gt=0)
    verify_every_s: int = Field(default=3600, ge=0)
    verify_sample: int = Field(default=100, ge=1)
    housekeeping_every_s: int = Field(default=3600, ge=0)


class LogSettings(_Section):
    """[log]: to stderr, as lines for people or JSON for machines."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["console", "json"] = "console"


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


def load(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Read `path` (None: `indexer.toml` where it is there) and the environment.

    Raises ConfigurationError, one line: what is wrong, where, what to do. `environment` is only looked at for
    explanations: pydantic-settings reads `os.environ`.
    """
    file = _read(path)
    environment = os.environ if environment is None else environment
    shown = str(path or DEFAULT_FILE)
    _refuse_misspelt(environment)
    try:
        settings = Settings(**file)
    except ValidationError as error:
        raise ConfigurationError(_explain(error, _tree(), shown, environment)) from None
    except SettingsError as error:
        raise ConfigurationError(f"the environment's INDEXER_ variables: {error}; lists are JSON") from None
    _refuse_doubles(settings, shown)
    return settings


def _read(path: Path | None) -> dict[str, Any]:
    chosen = path or DEFAULT_FILE
    try:
        return tomllib.loads(chosen.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if path is None:
            return {}
        raise ConfigurationError(f"there is no configuration file {chosen}: check --config") from None
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigurationError(f"the configuration file {chosen} cannot be read: {why}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            f"{chosen} is not TOML: {error}; check quotes, brackets and that each key stands once"
        ) from None


def _tree() -> dict[str, Sequence[str]]:
    """The keys of each section; a key that is no section has none."""
    keys: dict[str, Sequence[str]] = {}
    for name, field in Settings.model_fields.items():
        sections = [field.annotation, *getattr(field.annotation, "__args__", ())]
        models = [kind for kind in sections if isinstance(kind, type) and issubclass(kind, BaseModel)]
        keys[name] = tuple(models[0].model_fields) if models else ()
    return keys


def _refuse_misspelt(environment: Mapping[str, str]) -> None:
    """An INDEXER_ variable that is nearly one of ours, or looks like a key of ours, is a mistake, not a stranger."""
    known = {top.upper() for top in _tree()} | {_CONFIG_VARIABLE}
    known |= {f"{top}{DELIMITER}{key}".upper() for top, keys in _tree().items() for key in keys}
    for name in environment:
        key = name.upper().removeprefix(PREFIX)
        if not name.upper().startswith(PREFIX) or key in known:
            continue
        near = _nearest(key, known)
        if DELIMITER in key or near:
            hint = f"; did you mean {PREFIX}{near}?" if near else ""
            raise ConfigurationError(f"the environment variable {name} is no setting{hint}")


def _refuse_doubles(settings: Settings, shown: str) -> None:
    names = [deployment.name for deployment in settings.deployments]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ConfigurationError(f"{shown}: [[deployments]] has the name {doubled[0]!r} twice; names are unique")
    tokens = [wrapper.token for wrapper in settings.wrappers]
    if twice := sorted({token for token in tokens if tokens.count(token) > 1}):
        raise ConfigurationError(f"{shown}: [[wrappers]] has the token {twice[0]} twice; it stands for one thing")


def _explain(
    error: ValidationError, tree: Mapping[str, Sequence[str]], file: str, environment: Mapping[str, str]
) -> str:
    """The first fault as a line, and how many more there are."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    first = faults[0]
    path = tuple(part for part in first["loc"] if not _is_pydantic_word(part))
    key = _shown(path)
    where = _where(path, file, environment)
    if first["type"] == "extra_forbidden":
        near = _nearest(str(path[-1]), _siblings(path, tree))
        line = f"{where}: unknown key {key}" + (f"; did you mean {near}?" if near else _known(path, tree))
    else:
        line = f"{where}: {key}: {_sentence(first['msg'])}"
    more = len(faults) - 1
    return f"{line} (and {more} more)" if more else line


def _nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, if one is."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def _is_pydantic_word(part: int | str) -> bool:
    """Pydantic puts the names of union members and validators into a location."""
    return isinstance(part, str) and ("[" in part or "(" in part)


def _shown(path: Sequence[int | str]) -> str:
    if len(path) > 2 and isinstance(path[1], int):
        return f"[[{path[0]}]] number {path[1] + 1}: {path[2]}"
    if len(path) == 1:
        return str(path[0])
    return f"[{path[0]}] " + ".".join(str(part) for part in path[1:])


def _where(path: Sequence[int | str], file: str, environment: Mapping[str, str]) -> str:
    upper = {name.upper(): name for name in environment}
    for length in (len(path), 1):
        name = "INDEXER_" + "__".join(str(part) for part in path[:length]).upper()
        if name in upper:
            return f"environment variable {upper[name]}"
    return file


def _siblings(path: Sequence[int | str], tree: Mapping[str, Sequence[str]]) -> Sequence[str]:
    return list(tree) if len(path) == 1 else tree.get(str(path[0]), ())


def _known(path: Sequence[int | str], tree: Mapping[str, Sequence[str]]) -> str:
    return f"; known are {', '.join(_siblings(path, tree))}"


def _sentence(message: str) -> str:
    """Pydantic's message without its own prefix."""
    return message.removeprefix("Value error, ")
