"""Reading the settings: the file, the environment over it, and one line that says what is wrong and where.

URLs may hold keys and passwords: no message and no repr shows them.
"""

import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_settings import SettingsError

from indexer.errors import ConfigurationError
from indexer.settings.whole import DELIMITER, PREFIX, Settings

_CONFIG_VARIABLE = "CONFIG"  # the environment's way to say --config
DEFAULT_FILE = Path("indexer.toml")


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
    """The keys of each section; a key that is no section has none. A list inside stands beside it: `alerts.rules`."""
    keys: dict[str, Sequence[str]] = {}
    for name, field in Settings.model_fields.items():
        section = _section(field.annotation)
        keys[name] = tuple(section.model_fields) if section else ()
        for key, own in section.model_fields.items() if section else ():
            listed = _section(own.annotation)
            if listed:
                keys[f"{name}.{key}"] = tuple(listed.model_fields)
    return keys


def _section(annotation: object) -> type[BaseModel] | None:
    """The section that a field is, or is a list of."""
    kinds = [annotation, *getattr(annotation, "__args__", ())]
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _refuse_misspelt(environment: Mapping[str, str]) -> None:
    """An INDEXER_ variable that is nearly one of ours, or looks like a key of ours, is a mistake, not a stranger."""
    tops = {top: keys for top, keys in _tree().items() if "." not in top}
    known = {top.upper() for top in tops} | {_CONFIG_VARIABLE}
    known |= {f"{top}{DELIMITER}{key}".upper() for top, keys in tops.items() for key in keys}
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
    rules = [rule.name for rule in settings.alerts.rules]
    if again := sorted({name for name in rules if rules.count(name) > 1}):
        raise ConfigurationError(f"{shown}: [[alerts.rules]] has the name {again[0]!r} twice; names are unique")
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
    if len(path) > 2 and f"{path[0]}.{path[1]}" in _tree():
        place = f"[[{path[0]}.{path[1]}]] number {int(path[2]) + 1}"
        return f"{place}: {path[3]}" if len(path) > 3 else place
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
    if len(path) == 1:
        return [name for name in tree if "." not in name]
    return tree.get(".".join(str(part) for part in path[:2]) if len(path) > 3 else str(path[0]), ())


def _known(path: Sequence[int | str], tree: Mapping[str, Sequence[str]]) -> str:
    return f"; known are {', '.join(_siblings(path, tree))}"


def _sentence(message: str) -> str:
    """Pydantic's message without its own prefix."""
    return message.removeprefix("Value error, ")
